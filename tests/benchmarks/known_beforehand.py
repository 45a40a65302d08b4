"""The workload rural8k with all requests known beforehand: ``python -m tests.benchmarks.known_beforehand FOLDER``.

FOLDER holds ``rural8k/`` (docs/simulation.md names its format). A request left out costs as much as three hours' driving; both engines
are judged by the engine's judge, and what they found is counted here anew.
"""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from routing.dialaride import solving
from routing.dialaride.judge import violations
from routing.dialaride.objective import driven_seconds
from routing.dialaride.problem import Kind, Objective, Request, Route, Visit
from routing.dialaride.schedule import schedule
from routing.dialaride.solver import Search, plan
from routing.travel import Matrix

WAIT_S, RIDE_FACTOR, RIDE_EXTRA_S, SEATS = 1800, 1.5, 600, 8
DRIVING = Objective(drive_second=1, metre=0, ride_second=0, wait_second=0, unserved=10_800)


def benchmark(
    folder: Annotated[Path, typer.Argument(help="with rural8k/", exists=True)],
    seconds: Annotated[float, typer.Option(help="wall time of the hybrid search")] = 10,
    threads: Annotated[int, typer.Option(help="of the hybrid search")] = 2,
    ortools: Annotated[float, typer.Option(help="wall time of OR-Tools' routing model alone, model building included")] = 60,
    requests: Annotated[int, typer.Option(help="file of requests, by its number")] = 2000,
    twice: Annotated[bool, typer.Option(help="every vehicle of the 20 twice")] = True,
) -> None:
    """What each engine serves and drives, what that costs, and the time it took."""
    matrix, routes, wishes = read(folder / "rural8k", requests, 2 if twice else 1)
    solving.warm_up()
    typer.echo("| engine | served | driving, h | cost | violations | CPU s | wall s |\n|---|---|---|---|---|---|---|")
    for search in (Search(seconds, threads=threads, seed=1), Search(ortools, seed=1, engine="ortools")):
        if not search.seconds:
            continue
        cpu, wall = time.process_time(), time.monotonic()
        new = plan(matrix, routes, wishes, DRIVING, search)
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
        served = sum(visit.kind is Kind.PICKUP for route in new for visit in route.visits)
        driving = sum(driven_seconds(matrix, route) for route in new)
        price = driving + (len(wishes) - served) * DRIVING.unserved
        wrong = sum(len(_judged(matrix, route, wishes, number)) for number, route in enumerate(new))
        typer.echo(
            f"| {search.engine} | {served} | {driving / 3600:.1f} | {price / 1000:.1f} k | {wrong} | {cpu:.0f} | {wall:.0f} |"
        )


def _judged(matrix: Matrix, route: Route, wishes: list[Request], number: int) -> list[object]:
    times = schedule(matrix, route.visits, route.max_duration)
    assert times is not None
    return list(violations(matrix, route, times, wishes, number))


def read(folder: Path, requests: int, times: int) -> tuple[Matrix, list[Route], list[Request]]:
    """The workload's base rules: pickup within half an hour, ride at most half as long again and ten minutes, no return to a base."""
    wishes = _rows(folder / f"requests_{requests}.csv")
    vehicles = _rows(folder / "vehicles_20.csv") * times
    nodes = sorted(
        {int(row[end]) for row in wishes for end in ("origin", "destination")} | {int(row["node"]) for row in vehicles}
    )
    place = {node: index for index, node in enumerate(nodes)}
    anywhere = len(nodes)
    seconds = np.zeros((anywhere + 1, anywhere + 1), np.int32)
    seconds[:anywhere, :anywhere] = _travel(folder, nodes)
    matrix = Matrix(seconds, np.zeros_like(seconds))
    routes = []
    for row in vehicles:
        shift = int(row["shift_start_s"]), int(row["shift_end_s"])
        visits = Visit(Kind.START, place[int(row["node"])], *shift), Visit(Kind.END, anywhere, *shift)
        routes.append(Route(visits, ((SEATS,),)))
    return matrix, routes, [_request(row, number, place, matrix) for number, row in enumerate(wishes)]


def _request(row: dict[str, str], number: int, place: dict[int, int], matrix: Matrix) -> Request:
    origin, destination, early = place[int(row["origin"])], place[int(row["destination"])], int(row["t_s"])
    longest = int(RIDE_FACTOR * int(matrix.seconds[origin, destination]) + RIDE_EXTRA_S)
    pickup = Visit(Kind.PICKUP, origin, early, early + WAIT_S, 0, (1,), number)
    dropoff = Visit(Kind.DROPOFF, destination, early, early + WAIT_S + longest, 0, (-1,), number, longest)
    return Request(pickup, dropoff)


def _travel(folder: Path, nodes: list[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    edges = _rows(folder / "edges.csv")
    a, b = (np.array([int(row[end]) for row in edges]) for end in ("from", "to"))
    weights = np.array([float(row["time_s"]) for row in edges])
    size = int(max(a.max(), b.max())) + 1
    times = dijkstra(csr_array((weights, (a, b)), shape=(size, size)), indices=nodes)[:, nodes]
    return np.asarray(times, np.int32)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    typer.run(benchmark)
