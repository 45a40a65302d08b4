"""The demo county in one process tree: database, invented county, worker, web server. Ctrl-C (or SIGTERM) ends all of it."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from types import FrameType

from rich.console import Console

from mobility.errors import MobilityError
from mobility.settings import Settings
from mobility.store.opening import database

_out = Console(highlight=False)
_READY_WITHIN_S = 180
_STOPS_WITHIN_S = 10
_PR_SET_PDEATHSIG = 1


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
    with ExitStack() as stack:
        try:
            _start(stack, settings, began).wait()
            raise DemoError("the web server has ended unexpectedly")
        except KeyboardInterrupt:
            _out.print("Ending …")


def _start(stack: ExitStack, settings: Settings, began: float) -> subprocess.Popen[bytes]:
    """Everything in the order that is ready soonest; the web server's process.

    The web server gets itself ready beside us: it opens the same private database, whoever comes first starts it. A county that is
    there already is shown at once, and what the new day brings is added beside; a new one is loaded first.
    """
    environment = {
        **os.environ,
        **_text_messages(settings),
        "MOBILITY_DATA": str(settings.data),
        "NUMBA_CACHE_DIR": _numba_cache(settings),
    }
    below = stack.enter_context(ExitStack())  # left last: the database outlives those who use it
    server = stack.enter_context(_child(environment, *_uvicorn(settings.port)))
    url = below.enter_context(database(settings))
    is_loaded = _is_loaded(url)
    if not is_loaded:
        _run(environment, "-m", "seed", "load")
    _wait_until_ready(server, settings.port)
    _tell(settings, time.monotonic() - began)
    stack.enter_context(_child(environment, "-m", "mobility", "worker"))
    if is_loaded:
        stack.enter_context(_child(environment, "-m", "seed", "load"))
    return server


def _is_loaded(url: str) -> bool:
    """Whether the demo's people are there: they are loaded last."""
    # Imported here, while the web server is on its way already: they take a second.
    from mobility.store.migrations import migrate  # noqa: PLC0415
    from mobility.store.postgres import PostgresStore  # noqa: PLC0415

    migrate(url)
    store = PostgresStore(url)
    try:
        with store.transaction() as tx:
            return tx.find_account_by_name("desk") is not None
    finally:
        store.close()


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DemoError(f"port {port} of this machine is taken; choose another: make demo PORT={port + 1}") from error


def _text_messages(settings: Settings) -> dict[str, str]:
    """Without a gateway, text messages become files that one can look at."""
    return {} if settings.sms_url else {"MOBILITY_SMS_FOLDER": str(settings.sms_folder or settings.data / "text-messages")}


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
        "--timeout-graceful-shutdown",  # pages that follow changes would hold it open
        "2",
        "--log-level",
        "warning",
    )


def _run(environment: Mapping[str, str], *arguments: str) -> None:
    if subprocess.run([sys.executable, *arguments], env=environment, check=False).returncode:
        raise DemoError(f"python {' '.join(arguments)} failed; the reason is above")


@contextmanager
def _child(environment: Mapping[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child process in a group of its own, so that Ctrl-C reaches only us and we end it in order."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env=environment,
        start_new_session=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509 -- no threads run here yet
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_with_parent() -> None:
    """Have the kernel end this child when its parent is killed with -9, so that the port is free for the next start (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < until:
        if server.poll() is not None:
            raise DemoError("the web server did not start; the reason is above")
        if _answers(port):
            return
        time.sleep(0.1)
    raise DemoError("the web server did not answer in time")


def _answers(port: int) -> bool:
    """Whether the web server can do its work; the first answer waits until it has loaded the county's streets."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _tell(settings: Settings, seconds: float) -> None:
    where = f"http://127.0.0.1:{settings.port}"
    _out.print()
    _out.print(
        f"Ready after {seconds:.0f} s: [bold]{where}[/]   (description of the interface: {where}/openapi.json)", soft_wrap=True
    )
    _out.print(f"The county is invented. Data: {settings.data}. Ctrl-C ends everything.", soft_wrap=True)
    for folder in _text_messages(settings).values():
        _out.print(f"Text messages, codes to sign in with among them, become files in {folder}", soft_wrap=True)
    _out.print()


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
