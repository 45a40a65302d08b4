"""A zip file says most things twice: in its directory at the end and before each file. Where the two contradict each other, two programs
would read two different feeds; such a file is refused (APPNOTE.TXT 6.3.10, sections 4.3 and 4.4).
"""

from __future__ import annotations

import os
import re
import struct
import zipfile
from itertools import pairwise
from typing import NamedTuple

from gtfs.errors import FeedError
from gtfs.findings import Findings

_LOCAL = struct.Struct("<4s5H3I2H")
_END = struct.Struct("<4s4H2IH")
_END_SIGNATURE = b"PK\x05\x06"
_WIDE_END_SIGNATURE = b"PK\x06\x06"
_LONGEST_COMMENT = 0xFFFF
_HAS_DESCRIPTOR = 0x8
_IN_EXTRA = 0xFFFFFFFF
_ZIP64 = 1
_ENCRYPTED = 0x1 | 0x20 | 0x40 | 0x2000  # also patches, strong encryption and hidden headers
_PAGE = re.compile(rb"<[!?a-zA-Z]")
_OTHER_FORMATS = {
    b"MZ": "a Windows program",
    b"\x7fELF": "a Linux program",
    b"#!": "a script",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"GIF8": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"PK": "another zip file",
    b"Rar!": "a rar archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x1f\x8b": "a gz archive",
}
ARCHIVE_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")


class Local(NamedTuple):
    """What stands before a file's packed bytes. ``start`` is where those begin."""

    start: int
    flags: int
    method: int
    crc: int
    packed: int
    unpacked: int
    name: bytes


class End(NamedTuple):
    """The end of a directory: how many files it has, of how many bytes it is, and whether it speaks of other volumes."""

    files: int
    directory_bytes: int
    volumes: bool


def end_of_directory(descriptor: int) -> End | None:
    """What the end of the file says of the directory, the 64-bit one first; None when there is no end."""
    tail = _tail(descriptor)
    place = tail.rfind(_END_SIGNATURE)
    if place < 0 or len(tail) - place < _END.size:
        return None
    _, disk, first, _, files, directory_bytes, _, _ = _END.unpack_from(tail, place)
    wide = tail.rfind(_WIDE_END_SIGNATURE, 0, place)
    if wide >= 0 and len(tail) - wide >= 56:
        files, directory_bytes = struct.unpack_from("<QQ", tail, wide + 32)
    return End(files, directory_bytes, bool(disk or first))


def _tail(descriptor: int) -> bytes:
    first = max(os.fstat(descriptor).st_size - _LONGEST_COMMENT - _END.size, 0)
    return os.pread(descriptor, _LONGEST_COMMENT + _END.size, first)


def refuse_contradictions(descriptor: int, opened: zipfile.ZipFile, findings: Findings) -> dict[str, int]:
    """Where each file's packed bytes begin, by the name in the directory.

    Raises:
        FeedError: directory and files contradict each other, files share bytes, or the file is something else as well.
    """
    _look_around(descriptor, opened, findings)
    starts, spans = {}, []
    for info in opened.infolist():
        if info.volume:
            raise FeedError("zip_damaged", subject="in several volumes")
        local = _local(descriptor, info)
        _compare(descriptor, info, local)
        starts[info.filename] = local.start
        spans.append((info.header_offset, local.start + info.compress_size, info.filename))
    _refuse_overlap(spans, opened.start_dir)
    return starts


def _look_around(descriptor: int, opened: zipfile.ZipFile, findings: Findings) -> None:
    """What stands before the first file and after the last byte."""
    tail = _tail(descriptor)
    place = tail.rfind(_END_SIGNATURE)
    if place < 0 or len(tail) - place < _END.size:
        raise FeedError("zip_damaged", subject="no end of the directory")
    comment = _END.unpack_from(tail, place)[-1]
    after = len(tail) - place - _END.size - comment
    if after < 0 or tail.count(_END_SIGNATURE) > 1:
        raise FeedError("zip_contradicts", subject="it ends more than once")
    before = min((info.header_offset for info in opened.infolist()), default=0)
    beginning = os.pread(descriptor, 8, 0)
    for magic, what in _OTHER_FORMATS.items():
        if before and beginning.startswith(magic):
            raise FeedError("zip_polyglot", subject=what)
    if before > 0 and _PAGE.search(os.pread(descriptor, min(before, 1024), 0)):
        raise FeedError("zip_polyglot", subject="a web page")
    if before or after:
        findings.add("zip_surrounded", subject=str(before + after))


def _local(descriptor: int, info: zipfile.ZipInfo) -> Local:
    head = os.pread(descriptor, _LOCAL.size, info.header_offset) if info.header_offset >= 0 else b""
    if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
        raise FeedError("zip_contradicts", info.filename, subject="the file is not where the directory says")
    _, _, flags, method, _, _, crc, packed, unpacked, name_length, extra_length = _LOCAL.unpack(head)
    rest = os.pread(descriptor, name_length + extra_length, info.header_offset + _LOCAL.size)
    name, extra = rest[:name_length], rest[name_length:]
    unpacked, packed = _wide(extra, unpacked, packed)
    return Local(info.header_offset + _LOCAL.size + len(rest), flags, method, crc, packed, unpacked, name)


def _wide(extra: bytes, unpacked: int, packed: int) -> tuple[int, int]:
    """Sizes of more than 32 bits stand in the extra field."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        body, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind != _ZIP64:
            continue
        if unpacked == _IN_EXTRA and len(body) >= 8:
            unpacked, body = int.from_bytes(body[:8], "little"), body[8:]
        if packed == _IN_EXTRA and len(body) >= 8:
            packed = int.from_bytes(body[:8], "little")
        break
    return unpacked, packed


def _compare(descriptor: int, info: zipfile.ZipInfo, local: Local) -> None:
    if (info.flag_bits | local.flags) & _ENCRYPTED:
        raise FeedError("zip_encrypted", info.filename)
    encoding = "utf-8" if info.flag_bits & 0x800 else "cp437"
    if local.name != info.orig_filename.encode(encoding, errors="replace"):
        raise FeedError("zip_contradicts", info.filename, subject="two names")
    if local.method != info.compress_type:
        raise FeedError("zip_contradicts", info.filename, subject="two ways of packing")
    told = (local.crc, local.packed, local.unpacked)
    true = (info.CRC, info.compress_size, info.file_size)
    if told == true:
        return
    if not local.flags & _HAS_DESCRIPTOR:
        raise FeedError("zip_contradicts", info.filename, subject="two sizes")
    if any(one not in (0, _IN_EXTRA, other) for one, other in zip(told, true, strict=True)) or not _descriptor_agrees(
        os.pread(descriptor, 24, local.start + info.compress_size), true
    ):
        raise FeedError("zip_contradicts", info.filename, subject="two sizes")


def _descriptor_agrees(after: bytes, true: tuple[int, int, int]) -> bool:
    """Whether the bytes after a file repeat its checksum and sizes; of 32 or 64 bits, with or without a signature."""
    crc, packed, unpacked = true
    wide = struct.pack("<IQQ", crc, packed, unpacked)
    narrow = struct.pack("<III", crc, packed & _IN_EXTRA, unpacked & _IN_EXTRA)
    return after.removeprefix(b"PK\x07\x08").startswith((wide, narrow)) or after.startswith((wide, narrow))


def _refuse_overlap(spans: list[tuple[int, int, str]], directory: int) -> None:
    """Bombs without nesting let many entries share the same packed bytes (Fifield, "A better zip bomb", 2019)."""
    ordered = sorted(spans)
    for (_, end, name), (begin, _, _) in pairwise([*ordered, (directory, directory, "")]):
        if end > begin:
            raise FeedError("zip_overlap", name)
