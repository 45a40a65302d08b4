"""The demo county in one process tree: database, invented county, worker, web server. Ctrl-C (or SIGTERM) ends all of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import FrameType

import httpx
from rich.console import Console

from mobility.actions.context import read_secret
from mobility.errors import MobilityError
from mobility.setting_up import database
from mobility.settings import Settings
from mobility.store.migrations import migrate

_out = Console(highlight=False)
_READY_WITHIN_S = 180
_STOPS_WITHIN_S = 10


class DemoError(MobilityError):
    """The demo could not be started."""


def run_demo(settings: Settings) -> None:
    """Start everything, print where it is, wait, and end it in the reverse order.

    Raises:
        DemoError: the port is taken, or a part did not start.
    """
    began = time.monotonic()
    _refuse_taken_port(settings.port)
    end_on_signals()
    settings.data.mkdir(parents=True, exist_ok=True)
    read_secret(settings.secret, settings.data)
    with ExitStack() as stack:
        try:
            url = stack.enter_context(database(settings))
            migrate(url)
            environment = {**os.environ, "DATABASE_URL": url, "NUMBA_CACHE_DIR": _numba_cache(settings)}
            _run(environment, "-m", "seed", "load")
            stack.enter_context(_child(environment, "-m", "mobility", "worker"))
            server = stack.enter_context(_child(environment, *_uvicorn(settings.port)))
            _wait_until_ready(server, settings.port)
            _tell(settings, time.monotonic() - began)
            server.wait()
            raise DemoError("the web server has ended unexpectedly")
        except KeyboardInterrupt:
            _out.print("Ending …")


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DemoError(f"port {port} of this machine is taken; choose another: make demo PORT={port + 1}") from error


def _numba_cache(settings: Settings) -> str:
    return os.environ.get("NUMBA_CACHE_DIR") or str(settings.data / "numba")


def _uvicorn(port: int) -> tuple[str, ...]:
    return (
        "-m",
        "uvicorn",
        "api.app:app",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-access-log",
        "--log-level",
        "warning",
    )


def _run(environment: Mapping[str, str], *arguments: str) -> None:
    if subprocess.run([sys.executable, *arguments], env=environment, check=False).returncode:
        raise DemoError(f"python {' '.join(arguments)} failed; the reason is above")


@contextmanager
def _child(environment: Mapping[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child process in a group of its own, so that Ctrl-C reaches only us and we end it in order."""
    process = subprocess.Popen([sys.executable, *arguments], env=environment, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < until:
        if server.poll() is not None:
            raise DemoError("the web server did not start; the reason is above")
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise DemoError("the web server did not answer in time")


def _tell(settings: Settings, seconds: float) -> None:
    where = f"http://127.0.0.1:{settings.port}"
    _out.print(f"\nReady after {seconds:.0f} s: [bold]{where}[/]   (description of the interface: {where}/openapi.json)")
    _out.print(f"The county is invented. Data: {settings.data}. Ctrl-C ends everything.\n")


_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_on_signals() -> None:
    """Ctrl-C, SIGTERM and a closed terminal raise KeyboardInterrupt at once, also while a child process is waited for.

    Python's own handler of Ctrl-C does not serve: importing polars puts another before it after which waiting goes on.
    """
    for number in _ENDING:
        signal.signal(number, _interrupt)


def _interrupt(_: int, __: FrameType | None) -> None:
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)  # ending in order is not to be broken off by an impatient second Ctrl-C
    raise KeyboardInterrupt
