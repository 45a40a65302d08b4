"""Public dial-a-ride and delivery instances solved several times: ``python -m tests.benchmarks.darp FOLDER`` prints the table.

FOLDER holds ``darp/`` and ``pdptw/`` with the instances and a ``best_known.csv`` each (see docs/benchmarks.md). Every solution is
judged by the engine's referee before it counts.
"""

from __future__ import annotations

import csv
from pathlib import Path
from statistics import mean
from typing import Annotated

import typer
from rich.progress import track

from routing.dialaride import referee, solving
from routing.dialaride.hybrid import Effort
from routing.dialaride.instances import Instance, read_cordeau, read_li_lim

FAMILIES = {"pr": "darp/cordeau2003/pr*", "a": "darp/cordeau2006/a*.txt", "pdptw": "pdptw/*.txt"}


def benchmark(
    folder: Annotated[Path, typer.Argument(help="with darp/ and pdptw/", exists=True)],
    family: Annotated[str, typer.Option(help="pr, a or pdptw")] = "pr",
    seconds: Annotated[float, typer.Option(help="wall time of each run")] = 60,
    threads: Annotated[int, typer.Option(help="threads of each run")] = 2,
    seeds: Annotated[int, typer.Option(help="runs of each instance")] = 5,
    ortools: Annotated[bool, typer.Option(help="OR-Tools alone, as many CPU seconds as the first run took")] = False,
) -> None:
    """Per instance: mean and best of the seeds, CPU seconds, gap to the best known."""
    known = _best_known(folder / FAMILIES[family].split("/", maxsplit=1)[0] / "best_known.csv")
    typer.echo(
        "| instance | best known | mean | best | mean gap | CPU s | OR-Tools | its gap |\n|---|---|---|---|---|---|---|---|"
    )
    gaps = []
    for path in track(sorted(folder.glob(FAMILIES[family])), transient=True):
        instance = read_li_lim(path) if family == "pdptw" else read_cordeau(path)
        solve = solving.solve_fleet if family == "pdptw" else solving.solve_hybrid
        found = [_solved(instance, solve(instance, Effort(seconds, None, threads, seed))) for seed in range(1, seeds + 1)]
        best = known[instance.name]
        gaps.append(100 * (mean(s.distance for s in found) / best[1] - 1))
        typer.echo(
            _row(instance.name, best, found, gaps[-1])
            + (_peer(instance, best[1], found[0].cpu_seconds) if ortools else " – | – |")
        )
    typer.echo(f"\nmean gap {mean(gaps):.2f} %, worst {max(gaps):.2f} %")


def _row(name: str, best: tuple[int, float], found: list[solving.Solution], gap: float) -> str:
    distances = [s.distance for s in found]
    fleet = f" ({'/'.join(str(len(s.routes)) for s in found)} vehicles)" if best[0] else ""
    wanted = f"{best[1]:.2f}" + (f" ({best[0]} vehicles)" if best[0] else "")
    cpu = mean(s.cpu_seconds for s in found)
    return (
        f"| {name} | {wanted} | {mean(distances):.2f}{fleet} | {min(distances):.2f} | {round(gap, 2) + 0.0:.2f} % | {cpu:.0f} |"
    )


def _peer(instance: Instance, best: float, cpu_seconds: float) -> str:
    try:
        alone = _solved(instance, solving.solve_ortools(instance, Effort(cpu_seconds)))
    except solving.NoSolutionError:
        return " none found | – |"
    return f" {alone.distance:.2f} | {100 * (alone.distance / best - 1):.2f} % |"


def _solved(instance: Instance, solution: solving.Solution) -> solving.Solution:
    wrong = referee.faults(instance, solution.routes)
    if wrong:
        raise AssertionError(f"{instance.name}: {wrong[0]}")
    return solution


def _best_known(path: Path) -> dict[str, tuple[int, float]]:
    """By instance: vehicles (0 where they do not count), distance."""
    with path.open(encoding="utf-8") as file:
        return {row["instance"]: (int(row.get("vehicles") or 0), float(row["distance"])) for row in csv.DictReader(file)}


if __name__ == "__main__":
    typer.run(benchmark)
