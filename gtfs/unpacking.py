"""The bytes of one file in a zip, a little at a time, held against what the directory says of them."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator

from gtfs.errors import FeedError

_PACKED_AT_ONCE = 1 << 18


def unpack(descriptor: int, info: zipfile.ZipInfo, start: int, size: int) -> Iterator[bytes]:
    """The file's bytes in pieces of ``size`` (the last may be shorter).

    Raises:
        FeedError: the packed bytes are damaged, or are more, fewer or others than the directory says.
    """
    pieces = _inflate(descriptor, info, start, size) if info.compress_type == zipfile.ZIP_DEFLATED else _copy(
        descriptor, info, start, size
    )  # fmt: skip
    done, crc, held = 0, 0, b""
    for piece in pieces:
        done += len(piece)
        crc = zlib.crc32(piece, crc)
        if done > info.file_size:
            raise FeedError("zip_damaged", info.filename, subject="larger than it says")
        held = held + piece if held else piece
        while len(held) >= size:
            yield held[:size]
            held = held[size:]
    if done < info.file_size:
        raise FeedError("zip_damaged", info.filename, subject="smaller than it says")
    if crc != info.CRC:
        raise FeedError("zip_damaged", info.filename, subject="wrong checksum")
    if held:
        yield held


def first_bytes(descriptor: int, info: zipfile.ZipInfo, start: int) -> bytes:
    """The file's first few bytes, unpacked; none where they cannot be."""
    packed = os.pread(descriptor, min(info.compress_size, 64), start)
    if info.compress_type != zipfile.ZIP_DEFLATED:
        return packed[:8]
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, 8)
    except zlib.error:
        return b""


def _copy(descriptor: int, info: zipfile.ZipInfo, start: int, size: int) -> Iterator[bytes]:
    place, end = start, start + info.compress_size
    while place < end and (piece := os.pread(descriptor, min(size, end - place), place)):
        place += len(piece)
        yield piece


def _inflate(descriptor: int, info: zipfile.ZipInfo, start: int, size: int) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for packed in _copy(descriptor, info, start, _PACKED_AT_ONCE):
            waiting = packed
            while waiting and not unpacker.eof:
                yield unpacker.decompress(waiting, size)
                waiting = unpacker.unconsumed_tail
            if unpacker.eof and (unpacker.unused_data or waiting):
                raise FeedError("zip_damaged", info.filename, subject="something follows the packed text")
        while not unpacker.eof and (piece := unpacker.decompress(unpacker.unconsumed_tail, size)):
            yield piece
    except zlib.error as error:
        raise FeedError("zip_damaged", info.filename, subject=str(error)) from error
    if not unpacker.eof:
        raise FeedError("zip_damaged", info.filename, subject="the end is missing")
