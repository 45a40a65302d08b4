"""How many ask + book pairs a second two cores bear: ``python -m tests.benchmarks.sustained FOLDER --seconds 600``.

FOLDER holds ``rural8k/`` (docs/simulation.md names its format). Real web server, worker and private PostgreSQL that syncs to disk; 100 vehicles on
each of sixty service days, wishes drawn from the workload's 20,000, asked for and booked over HTTP. Then every invariant is asked of all days, and
ten times as many clients come at once: they may be told to come back (429 or 503 with Retry-After), never 500.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from http.client import responses
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import psutil
import typer

from mobility.actions.context import Context
from mobility.actions.look_at_all import StreetWays, look_at_all
from mobility.actions.open_runs import open_runs
from mobility.actions.sign_in import hash_password
from mobility.domain.accounts import Account, Role, system_actor
from mobility.domain.riders import Rider
from mobility.domain.services import BookingRules, PromiseRules
from mobility.integrity.inspecting import Inspector
from mobility.planning.network import Networks
from mobility.setting_up import context_at
from mobility.settings import Settings
from mobility.simulation.workload import DAY, Workload, open_workload
from mobility.store.embedded import EmbeddedServer

AGENCY, DAYS, RIDERS, PASSWORD = "workload", 60, 2000, "a password of the benchmark"
PROMISE = PromiseRules(pickup_early_s=300, pickup_late_s=900, dropoff_late_s=1200)


def fill(context: Context, workload: Workload, days: list[date]) -> None:
    """The workload's service with windows as a county promises them, its runs of all days, riders and a desk."""
    (service,) = workload.scene.services
    service = replace(service, booking=BookingRules(0, DAYS + 10), promise=PROMISE)
    with context.store.transaction() as tx:
        tx.add_agency(workload.scene.agency)
        tx.activate_dataset(workload.scene.datasets[0])
        tx.save_service(AGENCY, service, "")
        tx.save_account(Account("desk", AGENCY, "desk", Role.DISPATCHER, hash_password(PASSWORD)))
        for number in range(RIDERS):
            tx.save_rider(Rider(f"r{number}", AGENCY, f"Rider {number}", ""))
    for day in days:
        open_runs(context, AGENCY, day)


@dataclass
class Load:
    """Who asks for what, and what came of it."""

    port: int
    token: str
    workload: Workload
    days: list[date]
    random: Random = field(default_factory=lambda: Random(1))
    statuses: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    walls: dict[str, list[float]] = field(default_factory=lambda: {"/offers": [], "/bookings": []})
    number: int = 0

    def wish(self) -> dict[str, Any]:
        """One of the workload's, on any of the days."""
        wish, day = self.random.choice(self.workload.wishes), self.random.choice(self.days)
        when = wish.known_at + (day - DAY)
        ends = {"from": wish.origin, "to": wish.destination}
        places = {name: {"lon": place.lon, "lat": place.lat} for name, place in ends.items()}
        return places | {"depart_after": when.isoformat(), "rider_id": f"r{self.random.randrange(RIDERS)}"}

    async def client(self, until: float, pace_s: float) -> None:
        """Ask, and book the first ride offered, again and again."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        due = time.monotonic() + self.random.random() * pace_s
        while time.monotonic() < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due = max(due + pace_s, time.monotonic() - 5)
            answer = await self.post(reader, writer, "/offers", self.wish())
            if answer is None:
                await asyncio.sleep(0.2)
                continue
            rides = [offer for offer in answer["offers"] if offer["kind"] == "ride"]
            self.told["ride" if rides else f"no: {(answer['rejection'] or {}).get('reason')}"] += 1
            if rides and await self.post(reader, writer, "/bookings", {"offer_id": rides[0]["id"]}):
                self.told["booked"] += 1
        writer.close()

    async def post(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        """The answer; None for a refusal, which is counted. HTTP by hand: a client library would take as much of the cores as the service."""
        self.number += 1
        content = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\nIdempotency-Key: k{self.number}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        began = time.monotonic()
        writer.write(head.encode() + content)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        found = await reader.readexactly(int(headers["content-length"]))
        status = int(lines[0].split()[1])
        self.walls[path].append(time.monotonic() - began)
        come_back = "" if status < 429 or "retry-after" in headers else " without Retry-After"
        self.statuses[f"{path} {status} {responses[status]}{come_back}"] += 1
        return json.loads(found) if status < 300 else None

    async def run(self, clients: int, seconds: float, rate: float) -> float:
        """Clients for so long; wall seconds it took."""
        began = time.monotonic()
        pace_s = clients / rate if rate else 0.0
        await asyncio.gather(*(self.client(began + seconds, pace_s) for _ in range(clients)))
        return time.monotonic() - began

    def pair_walls(self) -> str:
        """Median, 99th of a hundred, and the longest of each half."""
        parts = []
        for path, walls in self.walls.items():
            walls.sort()
            parts.append(f"{path} median {at_share(walls, 0.5)}, p99 {at_share(walls, 0.99)}, longest {at_share(walls, 1)} ms")
        return "; ".join(parts)


def at_share(ordered: list[float], share: float) -> str:
    """A quantile in milliseconds."""
    return f"{1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.0f}" if ordered else "–"


@dataclass
class Service:
    """Web server, worker and database as processes."""

    processes: dict[str, psutil.Process]

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds until now, children that have ended included."""
        return {name: _cpu_s(process) for name, process in self.processes.items()}


def _cpu_s(process: psutil.Process) -> float:
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


@contextmanager
def serving(server: EmbeddedServer, url: str, data: Path, port: int) -> Iterator[Service]:
    """Web server and worker beside the database."""
    environment = {**os.environ, "DATABASE_URL": url, "MOBILITY_DATA": str(data)}
    commands = {
        "web server": ["uvicorn", "api.app:app", "--port", str(port), "--log-level", "warning", "--no-access-log"],
        "worker": ["mobility", "worker"],
    }
    with ExitStack() as stack:
        processes = {}
        for name, command in commands.items():
            started = subprocess.Popen([sys.executable, "-m", *command], env=environment)
            stack.callback(started.wait)
            stack.callback(started.terminate)
            processes[name] = psutil.Process(started.pid)
        pid = int((server.cluster / "postmaster.pid").read_text().split()[0])
        yield Service(processes | {"database": psutil.Process(pid)})


def sign_in(port: int) -> str:
    """A token, as soon as the service answers."""
    import httpx

    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
        while True:
            try:
                client.get("/healthz").raise_for_status()
            except httpx.TransportError:
                time.sleep(0.2)
                continue
            return str(client.post("/sessions", json={"name": "desk", "password": PASSWORD}).json()["token"])


def findings(context: Context, days: list[date]) -> list[str]:
    """Every invariant of all days at once; bookings have one ride, so no day needs another."""
    with context.store.transaction() as tx:
        ways = StreetWays(context.network(tx, system_actor(AGENCY)), ZoneInfo("UTC"))
    return [str(each) for each in Inspector(ways).findings(look_at_all(context, AGENCY, days))]


def main(
    folder: Annotated[Path, typer.Argument(help="with rural8k/", exists=True)],
    seconds: Annotated[float, typer.Option(help="of sustained load")] = 600,
    clients: Annotated[int, typer.Option(help="at once")] = 8,
    rate: Annotated[float, typer.Option(help="pairs a second at most; 0: as many as go")] = 0,
    rush: Annotated[float, typer.Option(help="seconds of the ten-fold rush")] = 20,
) -> None:
    """Figures of the load, what the invariants find afterwards, and how a rush is answered."""
    data = Path(mkdtemp(prefix="mobility-sustained-"))
    data.chmod(0o755)
    days = [datetime.now(UTC).date() + timedelta(days=ahead) for ahead in range(1, DAYS + 1)]
    with ExitStack() as stack:
        workload = stack.enter_context(open_workload(folder / "rural8k", "requests_20000.csv", "vehicles_100.csv"))
        (data / "datasets").symlink_to(_folder_of(workload.scene.networks))
        server = stack.enter_context(EmbeddedServer(data / "postgres"))
        url = server.start()
        context = stack.enter_context(context_at(url, Settings(database_url=url, data=data)))
        fill(context, workload, days)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        service = stack.enter_context(serving(server, url, data, port))
        load = Load(port, sign_in(port), workload, days)
        asyncio.run(load.run(2, 10, 0))  # compiles and warms
        load = replace(load, statuses=Counter(), told=Counter(), walls={path: [] for path in load.walls})
        _sustain(load, service, clients, seconds, rate)
        found = findings(context, days)
        typer.echo(f"invariants: {len(found)} findings {found[:3]}")
        rushing = replace(load, statuses=Counter(), told=Counter(), walls={path: [] for path in load.walls})
        asyncio.run(rushing.run(10 * max(clients, 8), rush, 0))
        typer.echo(f"rush of {10 * max(clients, 8)} clients: {dict(rushing.statuses)}; {rushing.pair_walls()}")
        found = findings(context, days)
        typer.echo(f"invariants: {len(found)} findings {found[:3]}")
        bad = [status for counted in (load, rushing) for status in counted.statuses if " 500 " in status or "without" in status]
        raise typer.Exit(1 if found or bad else 0)


def _folder_of(networks: Networks) -> Path:
    return networks._folder


def _sustain(load: Load, service: Service, clients: int, seconds: float, rate: float) -> None:
    before, own = service.cpu_s(), time.process_time()
    wall = asyncio.run(load.run(clients, seconds, rate))
    own = time.process_time() - own
    spent = {name: after - before[name] for name, after in service.cpu_s().items()}
    pairs, asked = load.told["booked"], len(load.walls["/offers"])
    each = ", ".join(f"{name} {1000 * cpu / max(pairs, 1):.1f}" for name, cpu in spent.items())
    typer.echo(f"{pairs} pairs in {wall:.0f} s: {pairs / wall:.1f} a second; {pairs / max(asked, 1):.0%} of {asked} asks booked")
    typer.echo(
        f"CPU ms a pair: {each}; together {1000 * sum(spent.values()) / max(pairs, 1):.1f} (client {1000 * own / max(pairs, 1):.1f})"
    )
    typer.echo(f"cores used: {(sum(spent.values()) + own) / wall:.2f}; {load.pair_walls()}")
    typer.echo(f"{dict(load.statuses)}; {dict(load.told)}")


if __name__ == "__main__":
    typer.run(main)
