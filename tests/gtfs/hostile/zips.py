"""Zip files written byte by byte, so that each of their statements can be a lie."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

DEFLATED, STORED = 8, 0
WIDE = 0xFFFFFFFF


@dataclass
class Member:
    """A file in a zip. ``local`` and ``central`` say otherwise than the truth in one of the two places; ``packed`` replaces the bytes."""

    name: str | bytes
    text: bytes = b""
    method: int = DEFLATED
    flags: int = 0
    mode: int = 0
    packed: bytes | None = None
    after: bytes = b""
    before: bytes = b""
    local: dict[str, Any] = field(default_factory=dict)
    central: dict[str, Any] = field(default_factory=dict)
    shares: bool = False
    """No bytes of its own: the directory points to the member before."""

    @property
    def raw_name(self) -> bytes:
        return self.name if isinstance(self.name, bytes) else self.name.encode()

    def body(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflated(self.text) if self.method == DEFLATED else self.text

    def truth(self) -> dict[str, Any]:
        flags = self.flags | (0x800 if any(byte > 127 for byte in self.raw_name) else 0)
        return {
            "name": self.raw_name,
            "flags": flags,
            "method": self.method,
            "crc": zlib.crc32(self.text),
            "packed": len(self.body()),
            "unpacked": len(self.text),
            "extra": b"",
            "needed": 20,
        }


def deflated(text: bytes, level: int = 6) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(text) + packer.flush()


def build(members: list[Member], *, before: bytes = b"", after: bytes = b"", comment: bytes = b"", **end: int) -> bytes:
    """The zip file; ``end`` changes count, size, offset or disk of the end of the directory."""
    out, directory, place = bytearray(before), bytearray(), len(before)
    for member in members:
        if not member.shares:
            out += member.before
            place = len(out)
            out += local_header(member.truth() | member.local) + member.body() + member.after
        directory += central_header(member.truth() | member.central, member.mode, member.central.get("offset", place))
    start = len(out)
    told = {"count": len(members), "size": len(directory), "offset": start, "disk": 0} | end
    out += directory
    out += struct.pack(
        "<4s4H2IH", b"PK\x05\x06", told["disk"], told["disk"], told["count"] & 0xFFFF, told["count"] & 0xFFFF, told["size"],
        told["offset"], len(comment),
    )  # fmt: skip
    return bytes(out) + comment + after


def local_header(told: dict[str, Any]) -> bytes:
    head = struct.pack(
        "<4s5H3I2H", b"PK\x03\x04", told["needed"], told["flags"], told["method"], 0, 0x21, told["crc"], told["packed"], told["unpacked"],
        len(told["name"]), len(told["extra"]),
    )  # fmt: skip
    return head + bytes(told["name"]) + bytes(told["extra"])


def central_header(told: dict[str, Any], mode: int, offset: int) -> bytes:
    head = struct.pack(
        "<4s6H3I5H2I", b"PK\x01\x02", 0x031E, told["needed"], told["flags"], told["method"], 0, 0x21, told["crc"], told["packed"],
        told["unpacked"], len(told["name"]), len(told["extra"]), 0, told.get("disk", 0), 0, mode << 16, offset,
    )  # fmt: skip
    return head + bytes(told["name"]) + bytes(told["extra"])


def streamed(name: str, text: bytes, *, signature: bool = True, wide: bool = False, **lies: int) -> Member:
    """Written as by a program that cannot go back: sizes follow the text. ``lies`` change crc, packed or unpacked there."""
    member = Member(name, text, flags=8)
    true = member.truth() | lies
    sizes = struct.pack("<IQQ" if wide else "<III", true["crc"], true["packed"], true["unpacked"])
    member.after = (b"PK\x07\x08" if signature else b"") + sizes
    member.local = {"crc": 0, "packed": 0, "unpacked": 0}
    return member


def wide_extra(unpacked: int, packed: int, offset: int | None = None) -> bytes:
    """The extra field for sizes of more than 32 bits."""
    body = struct.pack("<QQ", unpacked, packed) + (b"" if offset is None else struct.pack("<Q", offset))
    return struct.pack("<HH", 1, len(body)) + body
