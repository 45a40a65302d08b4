"""The README's sequence for a real county, run as it stands there, on the real extract and feed of Heidelberg."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
EXTRACT, FEED = "osm/heidelberg.osm.pbf", "gtfs/vrn_heidelberg_2022.zip"
PASSWORD = "a-long-one-of-your-own"


def readme_block(number: int) -> str:
    """The shell blocks under the README's heading "A real county"."""
    section = (CHECKOUT / "README.md").read_text("utf-8").split("## A real county")[1].split("\n## ")[0]
    blocks: list[str] = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return blocks[number]


def commands(shared_data: Path) -> list[list[str]]:
    """Its ``python -m mobility`` lines, with this interpreter and the real files in place of their names."""
    lines = [shlex.split(line) for line in readme_block(0).splitlines() if "-m mobility" in line]
    files = {Path(name).name: str(shared_data / name) for name in (EXTRACT, FEED)}
    return [[sys.executable, *(files.get(word, word) for word in line[1:])] for line in lines]


def offers_asked() -> list[dict[str, Any]]:
    """The bodies of its POST /offers, for next Tuesday as the README reckons it."""
    tomorrow = date.today() + timedelta(1)  # noqa: DTZ011 -- the resident's own calendar, as in the README
    tuesday = tomorrow + timedelta((1 - tomorrow.weekday()) % 7)
    bodies = re.findall(
        r"ask \$API/offers -d '(\{.*?\})'(?:\n|$)", readme_block(1).replace("'$DAY'", tuesday.isoformat()), re.DOTALL
    )
    return [json.loads(body) for body in bodies]


@contextmanager
def server(environment: dict[str, str]) -> Iterator[httpx.Client]:
    """The README's web server, on a free port, signed in at the desk."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "api.app:app", "--port", str(port), "--log-level", "warning"]
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
                wait_for(client, process)
                token = client.post("/sessions", json={"name": "desk", "password": PASSWORD}).json()["token"]
                client.headers["Authorization"] = f"Bearer {token}"
                yield client
        finally:
            process.terminate()


def wait_for(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        try:
            if client.get("/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail("the server did not become ready")


@pytest.mark.timeout(280)
def test_the_sequence_books_between_real_stops_and_between_real_addresses(
    shared_data: Path, database_url: str, tmp_path: Path
) -> None:
    if not (shared_data / EXTRACT).exists() or not (shared_data / FEED).exists():
        pytest.skip("the Heidelberg extract or the VRN feed is not among the test data")
    environment = {**os.environ, "DATABASE_URL": database_url, "MOBILITY_DATA": str(tmp_path), "DESK_PASSWORD": PASSWORD}
    steps = commands(shared_data)
    assert len(steps) == 5
    for step in steps:
        done = subprocess.run(step, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    with server(environment) as client:
        asked = offers_asked()
        assert [list(body["from"]) for body in asked] == [["stop_id"], ["address"]]
        for number, body in enumerate(asked):
            rides = [o for o in client.post("/offers", json=body).json()["offers"] if o["kind"] == "ride"]
            assert rides
            booked = client.post("/bookings", json={"offer_id": rides[0]["id"]}, headers={"Idempotency-Key": f"ride-{number}"})
            assert booked.status_code == httpx.codes.CREATED
            leg = booked.json()["legs"][0]
            assert leg["state"] == "on_run"
            manifest = client.get(f"/runs/{leg['run_id']}/manifest").json()
            assert leg["id"] in str(manifest["halts"])
