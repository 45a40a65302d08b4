"""Opening a feed's zip file: what would hurt is refused before anything is unpacked."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO

from gtfs.errors import FeedError
from gtfs.findings import Findings

MIB = 1 << 20
_FEED_FILES = frozenset({"agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt"})
_ARCHIVE_ENDINGS = (".zip", ".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".tgz", ".zst")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_READ_ERRORS = (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError, RuntimeError, zlib.error)


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a feed may be.

    ``ratio`` bounds unpacked : packed bytes of files above 1 MiB, ``table_bytes`` and ``cells`` (rows × columns) a file that is
    held whole (not stop_times.txt), ``line_bytes`` one line.
    """

    zip_bytes: int = 1 << 30
    total_bytes: int = 4 << 30
    table_bytes: int = 512 * MIB
    members: int = 1000
    ratio: int = 200
    columns: int = 300
    line_bytes: int = MIB
    cells: int = 60_000_000


LIMITS = Limits()
STREAMED = frozenset({"stop_times.txt", "shapes.txt"})
"""Files that are never held whole."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An opened feed: its files by plain name, checked for safety."""

    path: Path
    limits: Limits
    _zip: zipfile.ZipFile
    _members: dict[str, zipfile.ZipInfo]

    @property
    def names(self) -> list[str]:
        return sorted(self._members)

    def has(self, name: str) -> bool:
        """True when the feed has this file, even an empty one."""
        return name in self._members

    def size(self, name: str) -> int:
        """Unpacked bytes."""
        return self._members[name].file_size

    def chunks(self, name: str, size: int) -> Iterator[bytes]:
        """The file's bytes, ``size`` at a time.

        Raises:
            FeedError: the packed data is damaged or does not keep its declared size.
        """
        try:
            with self._open(name) as stream:
                while chunk := stream.read(size):
                    yield chunk
        except _READ_ERRORS as error:
            raise FeedError("zip_damaged", name, subject=str(error)) from error

    def _open(self, name: str) -> IO[bytes]:
        return self._zip.open(self._members[name])


@contextmanager
def open_archive(path: Path, findings: Findings, limits: Limits = LIMITS) -> Iterator[Archive]:
    """Open a feed's zip file after looking at its directory only.

    Raises:
        FeedError: not a zip file, damaged, or holds what no feed needs (links, archives, names that lead outside, bombs …).
    """
    try:
        if not path.is_file():
            raise FeedError("file_unreadable", subject="no such file")
        if path.stat().st_size > limits.zip_bytes:
            raise FeedError("zip_too_large", subject=f"more than {limits.zip_bytes // MIB} MiB packed")
        opened = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise FeedError("not_a_zip") from error
    except OSError as error:
        raise FeedError("file_unreadable", subject=error.strerror or "") from error
    except (ValueError, NotImplementedError, EOFError, OverflowError) as error:
        raise FeedError("zip_damaged", subject=str(error)) from error
    with opened:
        infos = [info for info in opened.infolist() if not info.is_dir()]
        _refuse_unsafe(opened, infos, limits)
        yield Archive(path, limits, opened, _members_by_name(infos, findings))


def _refuse_unsafe(opened: zipfile.ZipFile, infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(opened.infolist()) > limits.members:
        raise FeedError("zip_too_many_files", subject=str(len(opened.infolist())))
    for info in opened.infolist():
        _refuse_unsafe_name(info)
    names = Counter(info.filename.lower() for info in infos)
    for name, count in names.items():
        if count > 1:
            raise FeedError("zip_duplicate_name", name)
    for info in infos:
        _refuse_unsafe_member(info, limits)
    total = sum(info.file_size for info in infos)
    if total > limits.total_bytes:
        raise FeedError("zip_too_large", subject=f"{total // MIB} MiB unpacked, at most {limits.total_bytes // MIB} are read")
    _refuse_overlap(infos)


def _refuse_unsafe_name(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or ":" in name or "\0" in name or "\\" in name:
        raise FeedError("zip_unsafe_name", subject=name)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise FeedError("zip_link", name)


def _refuse_unsafe_member(info: zipfile.ZipInfo, limits: Limits) -> None:
    name = info.filename
    if info.flag_bits & 0x1:
        raise FeedError("zip_encrypted", name)
    if info.compress_type not in _METHODS:
        raise FeedError("zip_method", name, subject=f"method {info.compress_type}")
    if name.lower().endswith(_ARCHIVE_ENDINGS):
        raise FeedError("zip_nested", subject=name)
    if info.file_size > MIB and info.file_size > limits.ratio * max(info.compress_size, 1):
        raise FeedError("zip_bomb", name, subject=f"{info.file_size // MIB} MiB from {info.compress_size // 1024} KiB")
    if PurePosixPath(name).name.lower() not in STREAMED and info.file_size > limits.table_bytes:
        raise FeedError("zip_too_large", name, subject=f"more than {limits.table_bytes // MIB} MiB")


def _refuse_overlap(infos: list[zipfile.ZipInfo]) -> None:
    """Bombs without nesting let many entries share the same packed bytes (Fifield, "A better zip bomb", 2019)."""
    ordered = sorted(infos, key=lambda info: info.header_offset)
    for one, other in pairwise(ordered):
        if one.header_offset + 30 + len(one.filename) + one.compress_size > other.header_offset:
            raise FeedError("zip_overlap", one.filename)


def _members_by_name(infos: list[zipfile.ZipInfo], findings: Findings) -> dict[str, zipfile.ZipInfo]:
    """Files of the feed by name without folder: those at the root or, if there are none, in the one folder that has a feed."""
    visible = [info for info in infos if not _is_hidden(info.filename)]
    folders = {_folder(info) for info in visible if PurePosixPath(info.filename).name.lower() in _FEED_FILES}
    if "" in folders or not folders:
        folder = ""
    elif len(folders) == 1:
        folder = folders.pop()
        findings.add("nested_folder", subject=folder)
    else:
        raise FeedError("several_feeds", subject=", ".join(sorted(folders)))
    members = {}
    for info in visible:
        if _folder(info) == folder:
            name = PurePosixPath(info.filename).name
            if name != name.lower() and name.lower().endswith((".txt", ".geojson")):
                findings.add("file_name_case", name, subject=name.lower())
            members[name.lower()] = info
    return members


def _folder(info: zipfile.ZipInfo) -> str:
    folder = str(PurePosixPath(info.filename).parent)
    return "" if folder == "." else folder


def _is_hidden(name: str) -> bool:
    """What macOS and editors leave behind."""
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)
