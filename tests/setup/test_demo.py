"""``python -m mobility demo`` as a process: from nothing, again, with its port taken, and after everything was killed with -9.

The tests of this file are one story in this order, because a start from nothing takes a minute.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from api.app import PAGES, ROUTERS

CHECKOUT = Path(__file__).resolve().parents[2]
COLD_S, WARM_S, ENDS_S = 150, 60, 20
"""Much wider than the targets (90, 10 and a few seconds on a machine of one's own): other tests run beside."""

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")


@dataclass
class Demo:
    """One folder of data, in which the demo is started again and again."""

    folder: Path
    port: int
    booking: dict[str, Any] = field(default_factory=dict)
    there: set[str] = field(default_factory=set)
    late: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        more = {"MOBILITY_DATA": str(self.folder / "data"), "PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        return {**kept, **more, "NUMBA_CACHE_DIR": str(self.folder / "numba")}

    def processes(self) -> dict[int, str]:
        """Every living process that belongs to it, the database's included."""
        return {
            pid: what
            for pid in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
            if (what := self._ours(pid))
        }

    def _ours(self, pid: int) -> str:
        process = Path("/proc") / str(pid)
        with suppress(OSError):
            if process.joinpath("stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return ""
            told = process.joinpath("cmdline").read_bytes() + b"\0" + process.joinpath("environ").read_bytes()
            if pid != os.getpid() and str(self.folder).encode() in told:
                return process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
        return ""

    @contextmanager
    def running(self, name: str, within_s: float) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
        """Ready to be asked; everything of it is killed when the test fails."""
        log = self.folder / f"{name}.txt"
        began = time.monotonic()
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "mobility", "demo"], cwd=CHECKOUT, env=self.environment, stdout=out, stderr=out
            )
        try:
            while "Ready after" not in log.read_text("utf-8"):
                assert process.poll() is None, log.read_text("utf-8")
                assert time.monotonic() - began < within_s, f"not ready after {within_s} s: {log.read_text('utf-8')}"
                time.sleep(0.1)
            self.seconds[name] = time.monotonic() - began
            with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30, trust_env=False) as client:
                answer = client.post("/sessions", json={"name": "desk", "password": "demo-desk-auental"})
                client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
                yield process, client
        finally:
            self.kill_all()
            process.wait()

    def kill_all(self) -> None:
        """With -9, the whole tree and the database, as a power cut would."""
        while found := self.processes():
            for pid in found:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def end(self, process: subprocess.Popen[bytes], how: signal.Signals) -> None:
        """Ask it to end; within seconds nothing is left of it."""
        process.send_signal(how)
        assert process.wait(ENDS_S) == 0
        assert self.processes() == {}

    def logs(self) -> list[Path]:
        """What its processes have said, and the database's log."""
        return [*self.folder.glob("*.txt"), *self.folder.rglob("*.log")]

    def compiled(self) -> set[Path]:
        return {file.relative_to(self.folder) for file in (self.folder / "numba").rglob("*.nbc")}


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """A folder that the database's own user may enter; kernels that other tests have compiled are taken over."""
    folder = Path(tempfile.gettempdir()) / f"mobility-tests-{secrets.token_hex(8)}"
    folder.mkdir(mode=0o755)
    known = os.environ.get("NUMBA_CACHE_DIR")
    if known and Path(known).is_dir():
        shutil.copytree(known, folder / "numba", ignore=shutil.ignore_patterns("*.tmp.*"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = Demo(folder, port)
    yield made
    made.kill_all()
    shutil.rmtree(folder, ignore_errors=True)


def book(client: httpx.Client, key: str) -> dict[str, Any]:
    """As in the README: Ms r-003 wants to be at the doctor's at ten next Tuesday."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    tuesday = tomorrow + timedelta(days=(1 - tomorrow.weekday()) % 7)
    wish = {
        "from": {"address": "Kirschallee 10, Nebelow"},
        "to": {"address": "Hausarztpraxis am Markt, Auenfurt"},
        "arrive_by": f"{tuesday}T10:00",
        "rider_id": "r-003",
    }
    offers = client.post("/offers", json=wish)
    assert offers.status_code == 200, offers.text
    rides = [offer for offer in offers.json()["offers"] if offer["kind"] == "ride"]
    answer = client.post("/bookings", json={"offer_id": rides[0]["id"]}, headers={"Idempotency-Key": key})
    assert answer.status_code == 201, answer.text
    booked: dict[str, Any] = answer.json()
    return booked


def manifest_of(client: httpx.Client, booking: dict[str, Any]) -> str:
    answer = client.get(f"/runs/{booking['legs'][0]['run_id']}/manifest")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_from_nothing_to_a_booked_ride(demo: Demo) -> None:
    with demo.running("cold", COLD_S) as (process, client):
        told = (demo.folder / "cold.txt").read_text("utf-8")
        assert f"http://127.0.0.1:{demo.port}" in told
        assert "desk / demo-desk-auental" in told
        demo.booking = book(client, "the-first")
        pdf = client.get(f"/runs/{demo.booking['legs'][0]['run_id']}/manifest.pdf")
        assert pdf.content.startswith(b"%PDF")
        assert "Nebelow" in manifest_of(client, demo.booking)
        second = subprocess.run(
            [sys.executable, "-m", "mobility", "demo"],
            cwd=CHECKOUT,
            env=demo.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 2
        assert second.stderr.splitlines() == [
            f"port {demo.port} of this machine is taken; choose another: make demo PORT={demo.port + 1}"
        ]
        demo.end(process, signal.SIGINT)


MARKERS = ("Erna-Marker", "Zieglergasse-47-Marker", "+4930231259999", "dialyse-marker")


def operations() -> Iterator[tuple[str, str]]:
    """Every operation and page there is, with a marker wherever its address takes something."""
    for router in (*ROUTERS, *PAGES):
        for route in router.routes:
            path = re.sub(r"\{[^}]*\}", quote(MARKERS[0]), getattr(route, "path", ""))
            yield from ((method, path) for method in sorted(getattr(route, "methods", ())) if path != "/live")


def plant(client: httpx.Client) -> int:
    """Send names, a telephone number, an address to everything, in every place a request has; how many were mistakes of ours."""
    said = dict(zip(("name", "text", "telephone", "reason"), MARKERS, strict=True))
    fields = said | {"rider_id": MARKERS[0], "offer_id": MARKERS[1], "password": MARKERS[3], "from": {"address": MARKERS[1]}}
    headers = {"Idempotency-Key": MARKERS[3], "User-Agent": MARKERS[0], "Accept-Language": MARKERS[3]}
    worst = 0
    for method, path in operations():
        if method == "DELETE" or path in ("/sign-out", "/sessions"):
            continue
        forms: tuple[dict[str, Any], ...] = ({"json": fields}, {"data": {key: str(value) for key, value in fields.items()}})
        for sent in forms if method != "GET" else ({},):
            answer = client.request(method, path, params=said, headers=headers, **sent)
            worst += answer.status_code == 500
    return worst


def test_the_second_start_is_quick_and_compiles_nothing(demo: Demo) -> None:
    """Then names are sent to everything, rides are booked, and everything is killed with -9 the moment the last is acknowledged."""
    compiled = demo.compiled()
    with demo.running("warm", WARM_S) as (process, client):
        assert client.get(f"/bookings/{demo.booking['id']}").json() == demo.booking
        assert demo.compiled() == compiled
        assert client.get("/healthz").json() == {"status": "ready", "realtime": "none"}
        assert plant(client) == 0
        book(client, "for-the-log")
        time.sleep(12)  # the worker's notices
        demo.there = {booking["id"] for booking in client.get("/bookings").json()}
        demo.late = book(client, "the-last")
        demo.kill_all()
        assert process.wait(5) == -signal.SIGKILL
    assert demo.seconds["warm"] < demo.seconds["cold"]


def test_everything_killed_with_9_is_there_again(demo: Demo) -> None:
    with demo.running("after the kill", WARM_S) as (process, client):
        bookings = {booking["id"]: booking for booking in client.get("/bookings").json()}
        assert bookings.keys() - demo.there == {demo.late["id"]}, "acknowledged, so it is there, and once"
        assert demo.there <= bookings.keys()
        assert bookings[demo.late["id"]] == demo.late
        assert "Nebelow" in manifest_of(client, demo.late)
        demo.end(process, signal.SIGTERM)


def test_nothing_about_anybody_is_in_a_log(demo: Demo) -> None:
    """What people sent, and who they are: not in what the demo's processes have said, nor in the database's log."""
    people = tomllib.loads((demo.folder / "data/demo-county/people.toml").read_text("utf-8"))
    personal = {person[key] for kind in ("riders", "drivers") for person in people[kind] for key in ("name", "telephone")}
    logs = {path: path.read_text("utf-8", errors="replace") for path in demo.logs()}
    assert any(path.name == "server.log" for path in logs)
    assert any("demo-desk-auental" in text for text in logs.values()), "what is said is looked at"
    assert {f"{path.name}: {word}" for path, text in logs.items() for word in {*MARKERS, *personal} if word in text} == set()
