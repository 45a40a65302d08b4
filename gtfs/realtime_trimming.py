"""A message of GTFS Realtime cut down to what concerns one timetable, read entry by entry.

A message may speak of a whole country. It is taken apart by the wire format of protocol buffers ("Protocol Buffers: Encoding") and each
entry is read alone, so that neither a large message nor one made to harm takes more memory than its largest entry allowed. What is kept
is kept as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from gtfs.realtime import RealtimeError

MOST_ENTRIES = 200_000
MOST_ENTRY_BYTES = 1 << 20
MOST_KEPT = 20_000
_HEADER, _ENTITY = 1, 2
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_MOST_VARINT_BYTES = 10
_NO_MESSAGE = "GTFS Realtime: this is no such message (a protocol buffer FeedMessage is expected)"


@dataclass(frozen=True, slots=True)
class Trimmed:
    """``data``: a message with the entries that are wanted. How many trips and alerts these are, and how many entries were left out because they
    are too large or too many.
    """

    data: bytes
    trips: int
    alerts: int
    passed_over: int


def trimmed(data: bytes, wanted: Callable[[Any], bool]) -> Trimmed:
    """The message with only the entries (FeedEntity) that are ``wanted``: trip updates and alerts.

    Raises:
        RealtimeError: it is no such message, or has more than :data:`MOST_ENTRIES` entries.
    """
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # noqa: PLC0415  slow to import
    from google.transit import gtfs_realtime_pb2  # noqa: PLC0415

    kept: list[bytes] = []
    entries = trips = alerts = passed_over = 0
    view = memoryview(data)
    for field, begin, body, end in _fields(view):
        if field == _HEADER:
            kept.append(bytes(view[begin:end]))
        if field != _ENTITY:
            continue
        entries += 1
        if entries > MOST_ENTRIES:
            raise RealtimeError(f"GTFS Realtime: the message has more than {MOST_ENTRIES} entries and is not read")
        if end - body > MOST_ENTRY_BYTES:
            passed_over += 1
            continue
        entity = gtfs_realtime_pb2.FeedEntity()
        try:
            entity.ParseFromString(view[body:end].tobytes())
        except DecodeError as error:
            raise RealtimeError(_NO_MESSAGE) from error
        is_trip, is_alert = entity.HasField("trip_update"), entity.HasField("alert")
        if entity.is_deleted or not (is_trip or is_alert) or not wanted(entity):
            continue
        if trips + alerts >= MOST_KEPT:
            passed_over += 1
            continue
        trips, alerts = trips + is_trip, alerts + (is_alert and not is_trip)
        kept.append(bytes(view[begin:end]))
    return Trimmed(b"".join(kept), trips, alerts, passed_over)


def _fields(view: memoryview) -> Iterator[tuple[int, int, int, int]]:
    """The outermost fields: number, where the field begins, where its content does, where both end.

    Raises:
        RealtimeError: the bytes are no protocol buffer.
    """
    at = 0
    while at < len(view):
        begin = at
        tag, at = _varint(view, at)
        kind = tag & 7
        if kind == _LENGTH:
            size, at = _varint(view, at)
            end = at + size
        elif kind == _VARINT:
            _, end = _varint(view, at)
        elif kind in (_FIXED32, _FIXED64):
            end = at + (4 if kind == _FIXED32 else 8)
        else:
            raise RealtimeError(_NO_MESSAGE)
        if end > len(view) or tag >> 3 == 0:
            raise RealtimeError(_NO_MESSAGE)
        yield (tag >> 3 if kind == _LENGTH else 0), begin, at, end
        at = end


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(view[at : at + _MOST_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    raise RealtimeError(_NO_MESSAGE)
