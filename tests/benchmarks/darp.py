"""Public dial-a-ride and delivery instances solved several times: ``python -m tests.benchmarks.darp FOLDER`` prints the table.

FOLDER holds ``darp/`` and ``pdptw/`` with the instances and a ``best_known.csv`` each (see docs/benchmarks.md). Every solution is
judged by the engine's referee before it counts.
"""

from __future__ import annotations

import csv
import time
from fnmatch import fnmatch
from pathlib import Path
from statistics import mean
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from routing.dialaride import referee, solving
from routing.dialaride.hybrid import Effort
from routing.dialaride.instances import Instance, read_cordeau, read_li_lim
from tests.benchmarks.peers import PEERS

FAMILIES = {"pr": "darp/cordeau2003/pr*", "a": "darp/cordeau2006/a*.txt", "pdptw": "pdptw/*.txt"}


def benchmark(  # noqa: PLR0917  (a command's options)
    folder: Annotated[Path, typer.Argument(help="with darp/ and pdptw/", exists=True)],
    family: Annotated[str, typer.Option(help="pr, a or pdptw")] = "pr",
    seconds: Annotated[float, typer.Option(help="wall time of each run")] = 60,
    threads: Annotated[int, typer.Option(help="threads of each run")] = 2,
    seeds: Annotated[int, typer.Option(help="runs of each instance")] = 5,
    first_seed: Annotated[int, typer.Option(help="of the runs")] = 1,
    only: Annotated[str, typer.Option(help="instances by name, with * and ?")] = "*",
    cpu: Annotated[
        bool, typer.Option(help="a busy machine: prolong each run until it has had seconds × threads of CPU time")
    ] = False,
    peers: Annotated[
        str, typer.Option(help="others at the first run's CPU seconds: ortools, pyvroom, pyvrp, commiv, vrp-cli")
    ] = "",
) -> None:
    """Per instance: mean and best of the seeds, CPU seconds, gap to the best known; then each peer's."""
    known = _best_known(folder / FAMILIES[family].split("/", maxsplit=1)[0] / "best_known.csv")
    others = [name for name in peers.split(",") if name]
    typer.echo("| instance | best known | mean | best | mean gap | CPU s |" + "".join(f" {name} |" for name in others))
    typer.echo("|---|---|---|---|---|---|" + "---|" * len(others))
    clock = (lambda: time.process_time() / threads) if cpu else time.monotonic
    gaps = []
    paths = [path for path in sorted(folder.glob(FAMILIES[family])) if fnmatch(path.stem, only)]
    for path in track(paths, transient=True, console=Console(stderr=True)):
        instance = read_li_lim(path) if family == "pdptw" else read_cordeau(path)
        solve = solving.solve_fleet if family == "pdptw" else solving.solve_hybrid
        efforts = [Effort(seconds, None, threads, seed, clock) for seed in range(first_seed, first_seed + seeds)]
        found = [_solved(instance, solve(instance, effort)) for effort in efforts]
        best = known[instance.name]
        gaps.append(100 * (mean(s.distance for s in found) / best[1] - 1))
        beside = "".join(f" {_peer(name, instance, best, found[0].cpu_seconds)} |" for name in others)
        typer.echo(_row(instance.name, best, found, gaps[-1]) + beside)
    typer.echo(f"\nmean gap {mean(gaps):.2f} %, worst {max(gaps):.2f} %")


def _row(name: str, best: tuple[int, float], found: list[solving.Solution], gap: float) -> str:
    distances = [s.distance for s in found]
    fleet = f" ({'/'.join(str(len(s.routes)) for s in found)} vehicles)" if best[0] else ""
    wanted = f"{best[1]:.2f}" + (f" ({best[0]} vehicles)" if best[0] else "")
    cpu = mean(s.cpu_seconds for s in found)
    return (
        f"| {name} | {wanted} | {mean(distances):.2f}{fleet} | {min(distances):.2f} | {round(gap, 2) + 0.0:.2f} % | {cpu:.0f} |"
    )


def _peer(name: str, instance: Instance, best: tuple[int, float], cpu_seconds: float) -> str:
    """What the peer found in so many seconds, as judged by the referee."""
    routes = PEERS[name](instance, cpu_seconds)
    if routes is None or referee.faults(instance, routes):
        return "none found"
    distance = referee.distance(instance, routes)
    return f"{len(routes)}, {distance:.2f}" if best[0] else f"{distance:.2f} ({100 * (distance / best[1] - 1):.1f} %)"


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
