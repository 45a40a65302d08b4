"""Hostile zip files: refused with one clear line, before anything is unpacked."""

from __future__ import annotations

import io
import random
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs.checking import check_feed
from gtfs.errors import FeedError
from gtfs.limits import Limits
from gtfs.reading import read_feed
from gtfs.rules import Outcome

Files = dict[str, str | bytes]
ZipOf = Callable[[Files | bytes], Path]


def packed(entries: list[tuple[zipfile.ZipInfo | str, str | bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, text in entries:
            archive.writestr(name, text)
    return buffer.getvalue()


def refused(path: Path, limits: Limits | None = None) -> str:
    """The code of the refusal; it is one line with a way to mend it."""
    report = check_feed(path, limits=limits or Limits())
    assert report.outcome is Outcome.REJECT
    with pytest.raises(FeedError) as caught:
        read_feed(path, limits=limits or Limits())
    assert "\n" not in str(caught.value)
    assert caught.value.mend
    assert caught.value.finding.code == report.findings[0].code
    return report.findings[0].code


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../evil.txt", "zip_unsafe_name"),
        ("/etc/evil.txt", "zip_unsafe_name"),
        ("a/../../evil.txt", "zip_unsafe_name"),
        ("..\\evil.txt", "zip_unsafe_name"),
        ("C:evil.txt", "zip_unsafe_name"),
        ("stops.txt", "zip_duplicate_name"),
        ("STOPS.txt", "zip_duplicate_name"),
        ("inner.zip", "zip_nested"),
        ("inner.tar.gz", "zip_nested"),
    ],
)
def test_names_no_feed_needs(name: str, code: str, small: Files, zip_of: ZipOf) -> None:
    assert refused(zip_of(packed([*small.items(), (name, "x")]))) == code


def test_a_link(small: Files, zip_of: ZipOf) -> None:
    link = zipfile.ZipInfo("extra.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refused(zip_of(packed([*small.items(), (link, "/etc/passwd")]))) == "zip_link"


def test_an_encrypted_file(small: Files, zip_of: ZipOf) -> None:
    raw = bytearray(packed(list(small.items())))
    place = raw.index(b"PK\x01\x02")
    raw[place + 8] |= 1
    assert refused(zip_of(bytes(raw))) == "zip_encrypted"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_methods_that_need_much_memory(method: int, small: Files, zip_of: ZipOf) -> None:
    assert refused(zip_of(packed(list(small.items()), method))) == "zip_method"


def test_a_bomb_is_refused_without_unpacking(small: Files, zip_of: ZipOf) -> None:
    path = zip_of(small | {"stop_times.txt": b"0" * (200 << 20)})
    tracemalloc.start()
    assert refused(path) == "zip_bomb"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 << 20


def test_overlapping_files(small: Files, zip_of: ZipOf) -> None:
    """Two directory entries that share the packed bytes of one."""
    raw = bytearray(packed([*small.items(), ("shapes.txt", "shape_id\n" * 50), ("shapez.txt", "shape_id\n" * 50)]))
    first = raw.rindex(b"shapes.txt") - 46
    second = raw.rindex(b"shapez.txt") - 46
    raw[second + 42 : second + 46] = raw[first + 42 : first + 46]
    assert refused(zip_of(bytes(raw))) in {"zip_overlap", "zip_contradicts"}


def test_a_size_that_lies(small: Files, zip_of: ZipOf) -> None:
    raw = bytearray(packed(list(small.items())))
    place = raw.rindex(b"stop_times.txt") - 46
    raw[place + 24 : place + 28] = struct.pack("<I", 20)
    assert refused(zip_of(bytes(raw))) == "zip_contradicts"


def test_too_many_files(small: Files, zip_of: ZipOf) -> None:
    assert refused(zip_of(small | {f"{n}.txt": "" for n in range(1001)})) == "zip_too_many_files"


def test_limits_are_settings(small: Files, zip_of: ZipOf) -> None:
    path = zip_of(small)
    assert refused(path, Limits(zip_bytes=100)) == "zip_too_large"
    assert refused(path, Limits(total_bytes=100)) == "zip_too_large"
    assert refused(path, Limits(table_bytes=100)) == "zip_too_large"
    assert refused(path, Limits(cells=10)) == "too_many_cells"
    assert refused(path, Limits(columns=5)) == "too_many_columns"
    assert refused(path, Limits(line_bytes=20)) == "line_too_long"


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("stops.txt", b"stop_id,stop_name,stop_lat,stop_lon\na,x\0y,49,8\n", "nul_bytes"),
        ("stop_times.txt", b"trip_id,stop_id\0\n", "nul_bytes"),
        ("stops.txt", b"stop_id," + b",".join(b"c%d" % n for n in range(20_000)) + b"\n", "too_many_columns"),
        (
            "stops.txt",
            b"stop_id\n" + random.Random(1).randbytes(3 << 20).replace(b"\n", b"").replace(b"\r", b"").replace(b"\0", b""),
            "line_too_long",
        ),
        ("stops.txt", b'stop_id,stop_name,stop_lat,stop_lon\na,"' + b"ab\n" * 400_000 + b'",49,8\n', "line_too_long"),
        ("stops.txt", "stop_id,stop_lat".encode("utf-16-le"), "nul_bytes"),
    ],
    ids=["nul", "nul-header", "columns", "line", "field", "utf16-without-mark"],
)
def test_text_that_is_none(name: str, text: bytes, code: str, small: Files, zip_of: ZipOf) -> None:
    assert refused(zip_of(small | {name: text}), Limits(ratio=2000)) == code


def test_empty_lines_do_not_fill_the_memory(small: Files, zip_of: ZipOf) -> None:
    """A few kilobytes that would be 80 million cells."""
    wide = ",".join(["stop_id", "stop_lat", "stop_lon", *(f"c{n}" for n in range(200))])
    path = zip_of(small | {"stops.txt": wide + "\n" * 400_000 + "a,49,8\nb,49,8.1\nc,49,8.2\nd,49,8.3\n"})
    assert refused(path, Limits(ratio=2000, cells=4_000_000)) == "too_many_cells"
    assert check_feed(zip_of(small | {"stops.txt": str(small["stops.txt"]) + "\n" * 100_000})).counts["stops"] == 5


@pytest.mark.parametrize("raw", [b"", b"PK", b"hello", b"PK\x05\x06" + bytes(18), b"<html>404</html>"])
def test_what_is_no_zip(raw: bytes, zip_of: ZipOf) -> None:
    assert refused(zip_of(raw)) in {"not_a_zip", "file_missing"}


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.zip") == "file_unreadable"
    assert refused(tmp_path) == "file_unreadable"


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 2**32), changes=st.integers(1, 30), cut=st.floats(0, 1))
def test_any_damage_ends_in_a_report(seed: int, changes: int, cut: float, zip_of: ZipOf) -> None:
    """Bytes changed at random, the end cut off: never an exception that is not ours."""
    chance = random.Random(seed)
    raw = bytearray(_sound())
    for _ in range(changes):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    if chance.random() < 0.3:
        raw = raw[: int(cut * len(raw))]
    assert "not_readable" not in {finding.code for finding in check_feed(zip_of(bytes(raw))).findings}


def _sound() -> bytes:
    rows = "".join(f"s{n},Halt {n},49.{n},8.{n}\n" for n in range(1, 30))
    times = "".join(f"t,{7 + n}:00:00,{7 + n}:00:00,s{n},{n}\n" for n in range(1, 20))
    return packed(
        [
            ("agency.txt", "agency_name,agency_url,agency_timezone\nX,https://example.org,Europe/Berlin\n"),
            ("stops.txt", "stop_id,stop_name,stop_lat,stop_lon\n" + rows),
            ("routes.txt", "route_id,route_short_name,route_type\nR,1,3\n"),
            ("calendar_dates.txt", "service_id,date,exception_type\nx,20260501,1\n"),
            ("trips.txt", "route_id,service_id,trip_id\nR,x,t\n"),
            ("stop_times.txt", "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + times),
        ],
        zipfile.ZIP_STORED,
    )


def test_folders_of_macos_and_one_folder_around_everything(small: Files, zip_of: ZipOf) -> None:
    assert check_feed(zip_of(small | {"__MACOSX/._stops.txt": b"\0\1\2", ".DS_Store": b"\0"})).outcome is Outcome.ACCEPT
    nested = check_feed(zip_of({f"feed 2026/{name}": text for name, text in small.items()}))
    assert [finding.code for finding in nested.findings] == ["nested_folder"]
    assert nested.outcome is Outcome.REPAIR
    twice = {f"{folder}/{name}": text for name, text in small.items() for folder in ("x", "y")}
    assert refused(zip_of(twice)) == "several_feeds"
