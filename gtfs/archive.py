"""Opening a feed's zip file: what would hurt is refused before anything is unpacked."""

from __future__ import annotations

import os
import stat
import struct
import unicodedata
import zipfile
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from gtfs.errors import FeedError
from gtfs.findings import Findings
from gtfs.limits import LIMITS, MIB, Limits
from gtfs.unpacking import first_bytes, unpack
from gtfs.zip_structure import ARCHIVE_BEGINNINGS, end_of_directory, refuse_contradictions

_FEED_FILES = frozenset({"agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt"})
_ARCHIVE_ENDINGS = (".zip", ".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".tgz", ".zst")
_HOLDS_ARCHIVES = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".jar", ".kmz")  # documents that are zip files themselves
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_AES = 99
_LONGEST_NAME = 255
_MUCH_IN_ALL = 16 * MIB
_DIRECTORY_BYTES_PER_FILE = 1024
STREAMED = frozenset({"stop_times.txt", "shapes.txt"})
"""Files that are never held whole."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An opened feed: its files by plain name, checked for safety."""

    path: Path
    limits: Limits
    _file: BinaryIO
    _members: dict[str, zipfile.ZipInfo]
    _starts: dict[str, int]
    _all: list[zipfile.ZipInfo]
    _unread: set[str]

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
        self._unread.discard(self._members[name].filename)
        yield from self._unpack(self._members[name], size)

    def look_at_rest(self) -> None:
        """Unpack, and forget, what nobody has read: a zip file with a lie anywhere is not trusted.

        Raises:
            FeedError: as :meth:`chunks`.
        """
        for info in self._all:
            if info.filename in self._unread:
                deque(self._unpack(info, MIB), maxlen=0)

    def _unpack(self, info: zipfile.ZipInfo, size: int) -> Iterator[bytes]:
        try:
            yield from unpack(self._file.fileno(), info, self._starts[info.filename], size)
        except OSError as error:
            raise FeedError("zip_damaged", info.filename, subject=error.strerror or "") from error


@contextmanager
def open_archive(path: Path, findings: Findings, limits: Limits = LIMITS) -> Iterator[Archive]:
    """Open a feed's zip file after looking at its directory only.

    Raises:
        FeedError: not a zip file, damaged, or holds what no feed needs (links, archives, names that lead outside, bombs …).
    """
    if not path.is_file():
        raise FeedError("file_unreadable", subject="a folder or device, not a file" if path.exists() else "no such file")
    try:
        file = path.open("rb")
    except OSError as error:
        raise FeedError("file_unreadable", subject=error.strerror or "") from error
    with file, _opened(file, limits) as opened:
        _refuse_unsafe(opened, limits)
        starts = refuse_contradictions(file.fileno(), opened, findings)
        infos = [info for info in opened.infolist() if not info.is_dir()]
        _refuse_hidden_archives(file.fileno(), infos, starts)
        unread = {info.filename for info in infos}
        yield Archive(path, limits, file, _members_by_name(infos, findings), starts, infos, unread)


def _opened(file: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    """The directory. It may be of any size: what the end of the file says of it is enough to stop before it is read."""
    if os.fstat(file.fileno()).st_size > limits.zip_bytes:
        raise FeedError("zip_too_large", subject=f"more than {limits.zip_bytes // MIB} MiB packed")
    end = end_of_directory(file.fileno())
    if end is not None and end.volumes:
        raise FeedError("zip_damaged", subject="in several volumes")
    if end is not None and end.files > limits.members:
        raise FeedError("zip_too_many_files", subject=str(end.files))
    if end is not None and end.directory_bytes > _DIRECTORY_BYTES_PER_FILE * limits.members:
        raise FeedError("zip_contradicts", subject="a directory larger than its files need")
    try:
        return zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise FeedError("not_a_zip") from error
    except (OSError, ValueError, NotImplementedError, EOFError, OverflowError, struct.error) as error:
        raise FeedError("zip_damaged", subject=str(error)) from error


def _refuse_unsafe(opened: zipfile.ZipFile, limits: Limits) -> None:
    infos = opened.infolist()
    if len(infos) > limits.members:
        raise FeedError("zip_too_many_files", subject=str(len(infos)))
    for info in infos:
        _refuse_unsafe_name(info)
        _refuse_unsafe_member(info, limits)
    for name, count in Counter(_comparable(info.filename) for info in infos).items():
        if count > 1:
            raise FeedError("zip_duplicate_name", name)
    unpacked, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    if unpacked > limits.total_bytes:
        raise FeedError("zip_too_large", subject=f"{unpacked // MIB} MiB unpacked, at most {limits.total_bytes // MIB} are read")
    if unpacked > _MUCH_IN_ALL and unpacked > limits.total_ratio * packed:
        raise FeedError("zip_bomb", subject=f"{unpacked // MIB} MiB from {packed // 1024} KiB")


def _comparable(name: str) -> str:
    """The same for names that some system takes for the same."""
    plain = unicodedata.normalize("NFKC", name.replace("\\", "/")).casefold()
    return str(PurePosixPath(plain)).rstrip(". ")


def _refuse_unsafe_name(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or ":" in name or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise FeedError("zip_unsafe_name", subject=name)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise FeedError("zip_link", name)


def _refuse_unsafe_member(info: zipfile.ZipInfo, limits: Limits) -> None:
    name = info.filename
    if info.flag_bits & 0x1 or info.compress_type == _AES:
        raise FeedError("zip_encrypted", name)
    if info.compress_type not in _METHODS:
        raise FeedError("zip_method", name, subject=f"method {info.compress_type}")
    if name.lower().endswith(_ARCHIVE_ENDINGS):
        raise FeedError("zip_nested", subject=name)
    if info.is_dir() and info.file_size:
        raise FeedError("zip_contradicts", name, subject="a folder with text")
    if info.file_size > MIB and info.file_size > limits.ratio * max(info.compress_size, 1):
        raise FeedError("zip_bomb", name, subject=f"{info.file_size // MIB} MiB from {info.compress_size // 1024} KiB")
    if PurePosixPath(name).name.lower() not in STREAMED and info.file_size > limits.table_bytes:
        raise FeedError("zip_too_large", name, subject=f"more than {limits.table_bytes // MIB} MiB")


def _refuse_hidden_archives(descriptor: int, infos: list[zipfile.ZipInfo], starts: dict[str, int]) -> None:
    """An archive by another name. Office documents are zip files too, and harmless: nobody opens them here."""
    for info in infos:
        if info.file_size < 4 or info.filename.lower().endswith(_HOLDS_ARCHIVES):
            continue
        if first_bytes(descriptor, info, starts[info.filename]).startswith(ARCHIVE_BEGINNINGS):
            raise FeedError("zip_nested", subject=info.filename)


def _members_by_name(infos: list[zipfile.ZipInfo], findings: Findings) -> dict[str, zipfile.ZipInfo]:
    """Files of the feed by name without folder: those at the root or, if there are none, in the one folder that has a feed."""
    visible = [info for info in infos if not _is_hidden(_path(info))]
    folders = {_folder(info) for info in visible if _path(info).name.lower() in _FEED_FILES}
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
            name = _path(info).name
            if name != name.lower() and name.lower().endswith((".txt", ".geojson")):
                findings.add("file_name_case", name, subject=name.lower())
            members[name.lower()] = info
    return members


def _path(info: zipfile.ZipInfo) -> PurePosixPath:
    """Some programs for Windows write backslashes between folders."""
    return PurePosixPath(info.filename.replace("\\", "/"))


def _folder(info: zipfile.ZipInfo) -> str:
    folder = str(_path(info).parent)
    return "" if folder == "." else folder


def _is_hidden(path: PurePosixPath) -> bool:
    """What macOS and editors leave behind."""
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
