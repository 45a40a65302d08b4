"""Many service days: ``python -m tests.integrity.soak --days 1000``; one of them again: ``python -m tests.integrity.soak --seed 17``."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from tests.county import CountyFiles, county_files_in
from tests.integrity import planted_bugs
from tests.integrity.service_day import BrokenError, ServiceDay


def play(seed: int, files: CountyFiles) -> ServiceDay:
    """One day on the memory store.

    Raises:
        AssertionError: it went wrong; tells how to see it again.
    """
    day = ServiceDay(seed, files)
    try:
        day.run()
    except BrokenError as broken:
        raise AssertionError(told(day, broken)) from broken
    return day


def told(day: ServiceDay, broken: BaseException) -> str:
    """What went wrong, when, and the one command that shows it again."""
    last = "\n  ".join(day.log[-6:])
    again = f"again: make soak SEED={day.seed}"
    return f"seed {day.seed}, {day.day}, step {day.steps} at {day.now:%H:%M}Z: {broken}\n  {last}\n{again}"


def plant(files: CountyFiles) -> int:
    """Plant every bug, one after the other; prints the rows of docs/invariants.md. 1 when one was not found."""
    missed = 0
    for what, patches in planted_bugs.bugs().items():
        found = planted_bugs.hunt(patches, files)
        missed += found.day is None
        typer.echo(f"| {what} | {f'`{found.by}`' if found.day else 'NOT FOUND'} | {found.day or ''} |")
    return int(missed > 0)


def main(
    days: Annotated[int, typer.Option(help="how many, from --first on")] = 100,
    seed: Annotated[int | None, typer.Option(help="only this one, and what happened in it")] = None,
    first: Annotated[int, typer.Option(help="the first seed")] = 1,
    bugs: Annotated[bool, typer.Option("--bugs", help="plant bugs instead, and see by which invariant each is found")] = False,
) -> None:
    """Play days until one goes wrong; tells how many a minute of one core's time."""
    with tempfile.TemporaryDirectory(prefix="mobility-soak-") as folder:
        files = county_files_in(Path(folder))
        if bugs:
            raise typer.Exit(plant(files))
        seeds = [seed] if seed is not None else range(first, first + days)
        play(seeds[0], files)  # compiles
        done: Counter[str] = Counter()
        started, commits = time.process_time(), 0
        for number, each in enumerate(seeds, start=1):
            try:
                day = play(each, files)
            except AssertionError as error:
                typer.echo(error, err=True)
                raise typer.Exit(1) from None
            done += day.done
            commits += day.commits
            if seed is not None:
                typer.echo("\n".join(day.log))
            elif number % 50 == 0 or number == len(seeds):
                spent = time.process_time() - started
                typer.echo(f"{number} days, {commits} commits inspected, {60 * number / spent:.0f} days a minute of CPU time")
        typer.echo(", ".join(f"{name}: {times}" for name, times in sorted(done.items())))


if __name__ == "__main__":
    typer.run(main)
