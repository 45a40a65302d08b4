"""Web server, worker and database killed with -9 in turn while people book: ``python -m tests.integrity.kills --times 50``.

Real processes on a private PostgreSQL, as the demo runs them. What was answered with 201 (or a cancellation with 200) must be there afterwards, an
unanswered key is sent again until it is answered, each key has one booking, and every invariant holds. ``--careless`` has the database
acknowledge commits before they are on the disk: then bookings must be lost, or this check could not find any.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import psutil
import psycopg
import typer

from mobility.actions.context import Context, new_id
from mobility.actions.look_at_all import StreetWays, look_at_all
from mobility.domain.accounts import system_actor
from mobility.integrity.inspecting import Inspector
from mobility.setting_up import context_at
from mobility.settings import Settings
from mobility.store.embedded import EmbeddedServer
from seed.demand import demand
from seed.loading import AGENCY, load_county

PARTS = ("database", "web server", "worker")
DAYS, CLIENTS, READY_WITHIN_S = 7, 3, 600


def kill_server(server: EmbeddedServer) -> None:
    """The postmaster and every process of it, as a power cut would."""
    pid = int((server.cluster / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGSTOP)  # so that it makes no new ones
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for number in (*map(int, children), pid):
        os.kill(number, signal.SIGKILL)


@dataclass
class Heard:
    """What the service has said is so: bookings by key, those cancelled; how often somebody had to ask again."""

    bookings: dict[str, str] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    asked_again: int = 0


@dataclass
class Client:
    """Somebody who books, now and then cancels, and asks again until there is an answer."""

    port: int
    heard: Heard
    ended: threading.Event
    random: Random
    token: str = ""

    def run(self) -> None:
        """Until the end."""
        wishes = [
            wish for ahead in range(1, DAYS) for wish in demand(200, _today() + timedelta(days=ahead), self.random.randrange(999))
        ]
        while not self.ended.is_set():
            wish = self.random.choice(wishes)
            times = {"depart_after": wish.depart_after, "arrive_by": wish.arrive_by}
            body: dict[str, Any] = {
                name: {"lon": at.lon, "lat": at.lat} for name, at in (("from", wish.origin), ("to", wish.destination))
            }
            body |= {name: when.isoformat() for name, when in times.items() if when is not None} | {"rider_id": wish.rider_id}
            _, answer = self.ask("POST", "/offers", body)
            rides = [offer for offer in (answer or {}).get("offers", []) if offer["kind"] == "ride"]
            if rides:
                self.book(rides[0]["id"])

    def book(self, offer_id: str) -> None:
        """Under a key of its own; one in four is cancelled."""
        key = new_id()
        status, booking = self.ask("POST", "/bookings", {"offer_id": offer_id}, key)
        if status != 201 or booking is None:
            return
        self.heard.bookings[key] = booking["id"]
        if self.random.random() < 0.25 and self.ask("DELETE", f"/bookings/{booking['id']}")[0] == 200:
            self.heard.cancelled.add(booking["id"])

    def ask(self, method: str, path: str, body: object = None, key: str = "") -> tuple[int, Any]:
        """Status and answer; again and again while nobody answers, or says that it cannot now."""
        while not self.ended.is_set():
            try:
                status, answer = self.once(method, path, body, key)
            except (OSError, http.client.HTTPException):
                status, answer = 0, None
            self.heard.statuses[status] += 1
            if status == 401:
                self.token = (self.ask("POST", "/sessions", {"name": "desk", "password": "demo-desk-auental"})[1] or {}).get(
                    "token", ""
                )
            elif status not in (0, 429, 503):
                return status, answer
            self.heard.asked_again += 1
            time.sleep(0.1)
        return 0, None

    def once(self, method: str, path: str, body: object, key: str) -> tuple[int, Any]:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"} | (
                {"Idempotency-Key": key} if key else {}
            )
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if answer.status < 300 and content else None
        finally:
            connection.close()


def _today() -> Any:
    return datetime.now(UTC).date()


@dataclass
class Service:
    """The parts as processes, started again when they have been killed, as a supervisor does."""

    data: Path
    port: int
    server: EmbeddedServer
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ended_alone: Counter[str] = field(default_factory=Counter)
    cpu_until_ready: list[float] = field(default_factory=list)

    def start(self, name: str) -> None:
        """Web server or worker."""
        commands = {
            "web server": ["uvicorn", "api.app:app", "--port", str(self.port), "--log-level", "error", "--no-access-log"],
            "worker": ["mobility", "worker"],
        }
        environment = {**os.environ, "MOBILITY_DATA": str(self.data)}
        environment.pop("DATABASE_URL", None)
        log = (self.data / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen([sys.executable, "-m", *commands[name]], env=environment, stderr=log, stdout=log)

    def kill(self, name: str) -> float:
        """With -9; seconds until the service is ready again."""
        began = time.monotonic()
        if name == "database":
            kill_server(self.server)
        else:
            self.running[name].kill()
            self.running[name].wait()
            self.start(name)
        self.wait_ready()
        if name == "web server":
            spent = psutil.Process(self.running[name].pid).cpu_times()
            self.cpu_until_ready.append(spent.user + spent.system)
        for each, process in self.running.items():
            if process.poll() is not None:
                self.ended_alone[each] += 1
                self.start(each)
        return time.monotonic() - began

    def wait_ready(self) -> None:
        """Until /healthz says so."""
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(0.05)
        raise AssertionError(f"not ready again within {READY_WITHIN_S} s")

    def end(self) -> None:
        """Whatever still runs."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait()


def lost(url: str, heard: Heard) -> list[str]:
    """Acknowledged, and not there (any more): bookings, cancellations, keys with another booking than was told."""
    told, cancelled = dict(heard.bookings), set(heard.cancelled)
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        rows = connection.execute(
            "SELECT b.id, bool_and(coalesce(l.outcome, '') LIKE 'cancelled%') FROM booking b JOIN leg l ON l.booking_id = b.id GROUP BY b.id"
        ).fetchall()
        keys: dict[str, str] = dict(
            connection.execute("SELECT key, booking_id FROM idempotency_key WHERE booking_id IS NOT NULL").fetchall()
        )
    there: dict[str, bool] = dict(rows)
    missing = [f"booking {each}" for each in told.values() if each not in there]
    missing += [f"cancellation of {each}" for each in cancelled if not there.get(each, True)]
    return missing + [f"key of {each}" for key, each in told.items() if keys.get(key) != each]


def findings(context: Context) -> list[str]:
    """Every invariant of all days."""
    with context.store.transaction() as tx:
        ways = StreetWays(context.network(tx, system_actor(AGENCY.id)), ZoneInfo("Europe/Berlin"))
    days = [_today() + timedelta(days=ahead) for ahead in range(-1, DAYS + 2)]
    return [str(each) for each in Inspector(ways).findings(look_at_all(context, AGENCY.id, days))]


def be_careless(url: str) -> None:
    """The database says "committed" before it is on the disk."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("ALTER DATABASE mobility SET synchronous_commit = off")
        connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def running(*, careless: bool) -> Iterator[Service]:
    """Database, web server and worker with the demo county, ready to be asked."""
    data = Path(tempfile.mkdtemp(prefix="mob-"))
    data.chmod(0o755)
    server = EmbeddedServer(data / "postgres")
    url = server.start()
    with ExitStack() as stack:
        stack.callback(server.stop)
        with context_at(url, Settings(database_url=url, data=data)) as context:
            load_county(context, data / "county", _today(), lambda _step, _done, _total: None)
        if careless:
            be_careless(url)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        service = Service(data, port, server)
        stack.callback(service.end)
        for part in PARTS[1:]:
            service.start(part)
        service.wait_ready()
        yield service


def book_beside(stack: ExitStack, port: int, heard: Heard, seed: int) -> Callable[[], None]:
    """Clients that book until the answer is called, at the latest when the stack is left."""
    ended = threading.Event()
    clients = [threading.Thread(target=Client(port, heard, ended, Random(seed + number)).run) for number in range(CLIENTS)]

    def stop() -> None:
        ended.set()
        for client in clients:
            client.join()

    for client in clients:
        client.start()
    stack.callback(stop)
    return stop


def main(
    times: Annotated[int, typer.Option(help="how many kills, the parts in turn")] = 50,
    seed: Annotated[int, typer.Option(help="of who books what, and of when a kill comes")] = 1,
    careless: Annotated[bool, typer.Option("--careless", help="the negative control: only the database is killed")] = False,
) -> None:
    """Kill, wait until the service is ready again, look for what was acknowledged."""
    heard, random, missing = Heard(), Random(seed), list[str]()
    ready: dict[str, list[float]] = {part: [] for part in PARTS}
    with ExitStack() as stack:
        service = stack.enter_context(running(careless=careless))
        stop_booking = book_beside(stack, service.port, heard, seed)
        server = service.server
        for number in range(times):
            part = "database" if careless else PARTS[number % len(PARTS)]
            before, until = len(heard.bookings), time.monotonic() + 60
            while len(heard.bookings) < before + random.randint(1, 4) and time.monotonic() < until:
                time.sleep(0.02)
            ready[part].append(service.kill(part))
            new = [each for each in lost(server.start(), heard) if each not in missing]
            missing += new
            typer.echo(
                f"{number + 1} {part}: ready after {ready[part][-1]:.1f} s, {len(heard.bookings)} acknowledged, {len(new)} lost {new[:2]}"
            )
        stop_booking()
        url = server.start()
        with context_at(url, Settings(database_url=url, data=service.data)) as context:
            found = findings(context)
    tell(times, heard, missing, ready)
    typer.echo(f"CPU seconds of the web server until it is ready: {[round(each, 1) for each in service.cpu_until_ready]}")
    typer.echo(
        f"asked again {heard.asked_again} times, statuses {dict(heard.statuses)}; ended alone: {dict(service.ended_alone)}; {len(found)} findings {found[:3]}"
    )
    is_right = bool(missing) if careless else not (missing or found or heard.statuses[500])
    raise typer.Exit(0 if is_right else 1)


def tell(times: int, heard: Heard, missing: list[str], ready: dict[str, list[float]]) -> None:
    """What became of it, and how long being ready again took."""
    slowest = ", ".join(
        f"{part} {sorted(each)[len(each) // 2]:.1f} median, {max(each):.1f} at most" for part, each in ready.items() if each
    )
    typer.echo(
        f"{times} kills, {len(heard.bookings)} bookings and {len(heard.cancelled)} cancellations acknowledged, {len(missing)} lost"
    )
    typer.echo(f"ready again, s: {slowest}; load {psutil.getloadavg()[0]:.0f} on {psutil.cpu_count()} cores")


if __name__ == "__main__":
    typer.run(main)
