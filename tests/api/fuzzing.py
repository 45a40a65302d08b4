"""What schemathesis makes of the API's own description, sent by every role: ``python -m tests.api.fuzzing --cases 5000``.

Needs the extra ``benchmark``. Bodies, parameters and headers that fit the description and such that do not; half of the ids in paths are of things
there are. Whatever comes, the answer is never our mistake (5xx; 503 comes with Retry-After).
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Annotated, Any
from unittest import SkipTest

import typer
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable

from mobility.errors import ConflictError
from mobility.store.memory import MemoryStore
from tests.county import MONDAY, county_files_in
from tests.county_web import Web, closing_client, open_web

ROLES = (None, "rider", "driver", "desk", "provider", "agency", "planner", "admin")
UNENDING = "/live"
"""Its answer ends when the asker goes."""


def real_ids(web: Web) -> dict[str, list[str]]:
    """Of things there are, by the name of the path's parameter."""
    bookings = [web.book(web.ride(), key=f"k{number}") for number in range(2)]
    with web.county.context.store.transaction() as tx:
        runs = [run.id for run in tx.list_runs(web.county.desk, MONDAY)]
    return {
        "booking_id": [booking["id"] for booking in bookings],
        "leg_id": [leg["id"] for booking in bookings for leg in booking["legs"]],
        "run_id": [leg["run_id"] for booking in bookings for leg in booking["legs"] if leg.get("run_id")] + runs[:3],
        "rider_id": ["r-005"],
        "service_id": ["auental-bus"],
        "agency_id": ["auental"],
    }


def operations(web: Web) -> Iterator[Any]:
    """Everything described."""
    import schemathesis

    for found in schemathesis.openapi.from_dict(web.app.openapi()).get_all_operations():
        operation = found.ok()
        if operation.path != UNENDING:
            yield operation


def send(web: Web, case: Any, role: str | None) -> int:
    """One case as it goes over the wire; its status."""
    import requests

    kwargs = case.as_transport_kwargs(base_url="http://county.test")
    allowed = {
        name: kwargs[name]
        for name in ("method", "url", "headers", "params", "data", "json", "files", "cookies")
        if name in kwargs
    }
    try:
        prepared = requests.Request(**allowed).prepare()
        headers = [
            (str(name), value)
            for name, value in prepared.headers.items()
            if name.lower() not in ("authorization", "content-length")
        ]
        if role is not None:
            with suppress(ConflictError):  # erased by a case before
                web.sign_in_again(role)
            headers += list(web.headers(role).items())
        body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        answer = web.client.request(str(prepared.method), str(prepared.url), content=body, headers=headers)
    except (ValueError, TypeError, requests.RequestException):  # no client could send it
        return 0
    if answer.status_code == 503 and "retry-after" in answer.headers:
        return 429
    return answer.status_code


@dataclass
class Fuzzing:
    """What was sent so far, and what came of it."""

    web: Web
    known: dict[str, list[str]]
    random: Random
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def test(self, operation: Any, mode: Any, times: int) -> None:
        """One operation, by every role in turn."""
        roles = cycle(ROLES)

        @seed(self.random.randrange(10**6))
        @settings(
            max_examples=times, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
        )
        @given(operation.as_strategy(generation_mode=mode))
        def one(case: Any) -> None:
            for name in case.path_parameters or {}:
                if name in self.known and self.random.random() < 0.6:
                    case.path_parameters[name] = self.random.choice(self.known[name])
            self._send(case, next(roles))

        one()

    def _send(self, case: Any, role: str | None) -> None:
        status = send(self.web, case, role)
        self.statuses[status] += 1
        if status >= 500:
            what = f"{case.method} {case.operation.path} as {role}: {str(case.body)[:300]} {case.query} {case.headers}"
            self.wrong.append(f"{status} {what}")


def fuzz(web: Web, cases: int, first: int) -> Fuzzing:
    """So many cases at least, spread over all operations."""
    import schemathesis

    fuzzing = Fuzzing(web, real_ids(web), Random(first))
    every = [(operation, mode) for operation in operations(web) for mode in schemathesis.GenerationMode]
    for number, (operation, mode) in enumerate(every, start=1):
        missing = cases - fuzzing.statuses.total() + fuzzing.statuses[0]
        with suppress(Unsatisfiable, SkipTest):  # there is no such case
            fuzzing.test(operation, mode, max(8, -(-missing // (len(every) - number + 1))))
        if number % 10 == 0:
            typer.echo(f"{number} of {len(every)} operations, each as described and not", err=True)
    return fuzzing


def main(
    cases: Annotated[int, typer.Option(help="at least so many")] = 5000, first: Annotated[int, typer.Option("--seed")] = 1
) -> None:
    """Ends with 1 when anything was answered with 5xx."""
    with (
        tempfile.TemporaryDirectory(prefix="mobility-fuzzing-") as folder,
        closing_client(open_web(MemoryStore(), county_files_in(Path(folder)))) as web,
    ):
        found = fuzz(web, cases, first)
    sent = found.statuses
    typer.echo(f"{sent.total() - sent[0]} cases; " + ", ".join(f"{status}: {times}" for status, times in sorted(sent.items())))
    for line in dict.fromkeys(found.wrong):
        typer.echo(line)
    raise typer.Exit(1 if found.wrong else 0)


if __name__ == "__main__":
    typer.run(main)
