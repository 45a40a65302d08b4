"""``python -m routing darp`` and ``pdptw``: public benchmark instances solved."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

ENDLESS = 1e9


class Engine(StrEnum):
    """What searches."""

    HYBRID = "hybrid"
    ORTOOLS = "ortools"


File = Annotated[Path, typer.Argument(help="the instance, as published")]
Seconds = Annotated[
    float | None, typer.Option(min=0.1, help="wall time of the search after compilation; 60 if --iterations do not limit it")
]
Threads = Annotated[int, typer.Option(min=1, max=64, help="threads that search (OR-Tools alone takes one)")]
Seed = Annotated[int, typer.Option(min=0, help="one seed, one thread and a number of iterations give one answer")]
Iterations = Annotated[int | None, typer.Option(min=1, help="stop after so many steps, however long they take")]
Out = Annotated[Path | None, typer.Option(help="file for the solution; otherwise it is printed")]


def register(app: typer.Typer) -> None:
    """Add this module's commands to the app of ``python -m routing``."""
    app.command("darp")(darp)
    app.command("pdptw")(pdptw)


def darp(  # noqa: PLR0913, PLR0917  (a command's options)
    file: File,
    seconds: Seconds = None,
    threads: Threads = 2,
    seed: Seed = 1,
    engine: Annotated[Engine, typer.Option(help="the hybrid search, or OR-Tools' routing model alone")] = Engine.HYBRID,
    iterations: Iterations = None,
    out: Out = None,
) -> None:
    """Solve a dial-a-ride instance of Cordeau & Laporte (2003) or Cordeau (2006): least total distance."""
    from routing.dialaride import solving  # noqa: PLC0415  (numba takes a second to import)
    from routing.dialaride.hybrid import Effort  # noqa: PLC0415
    from routing.dialaride.instances import InstanceError, read_cordeau  # noqa: PLC0415

    _check_folder(out)
    try:
        instance = read_cordeau(file)
        effort = Effort(seconds or (60.0 if iterations is None else ENDLESS), iterations, threads, seed)
        with _progress(f"{instance.name}, {engine.value}") as tell:
            if engine is Engine.HYBRID:
                solution = solving.solve_hybrid(instance, effort, tell)
            else:
                solution = solving.solve_ortools(instance, effort)
    except (InstanceError, solving.NoSolutionError) as error:
        raise typer.Exit(_complain(str(error))) from None
    answer = {
        "instance": instance.name,
        "distance": round(solution.distance, 6),
        "routes": solution.routes,
        "cpu_seconds": round(solution.cpu_seconds, 2),
        "engine": engine.value,
        "seed": seed,
    }
    _write(answer, out)


def pdptw(
    file: File,
    seconds: Seconds = None,
    threads: Threads = 2,
    seed: Seed = 1,
    iterations: Iterations = None,
    out: Out = None,
) -> None:
    """Solve a pickup and delivery instance of Li & Lim (2001): fewest vehicles, then least total distance."""
    from routing.dialaride import solving  # noqa: PLC0415  (numba takes a second to import)
    from routing.dialaride.hybrid import Effort  # noqa: PLC0415
    from routing.dialaride.instances import InstanceError, read_li_lim  # noqa: PLC0415

    _check_folder(out)
    try:
        instance = read_li_lim(file)
        effort = Effort(seconds or (60.0 if iterations is None else ENDLESS), iterations, threads, seed)
        with _progress(instance.name) as tell:
            solution = solving.solve_fleet(instance, effort, tell)
    except (InstanceError, solving.NoSolutionError) as error:
        raise typer.Exit(_complain(str(error))) from None
    answer = {
        "instance": instance.name,
        "vehicles": len(solution.routes),
        "distance": round(solution.distance, 6),
        "routes": solution.routes,
        "cpu_seconds": round(solution.cpu_seconds, 2),
        "engine": Engine.HYBRID.value,
        "seed": seed,
    }
    _write(answer, out)


@contextmanager
def _progress(name: str) -> Iterator[Callable[[float, str], None]]:
    """A bar on standard error, where that is a terminal, that vanishes at the end."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        step = bar.add_task(name, total=None)
        yield lambda share, found: bar.update(step, description=f"{name}: {found}", completed=share, total=1.0)


def _check_folder(out: Path | None) -> None:
    if out is not None and not out.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {out.parent}", param_hint="--out")


def _complain(message: str) -> int:
    typer.echo(message, err=True)
    return 1


def _write(answer: dict[str, object], out: Path | None) -> None:
    text = json.dumps(answer)
    if out is None:
        typer.echo(text)
        return
    draft = out.with_name(out.name + ".part")
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(out)
