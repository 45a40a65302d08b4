"""Zip files that are no ordinary zip files: bombs, lies, names, links, other formats."""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from functools import partial

from tests.gtfs.hostile.cases import HARMLESS, REJECT, REPAIR, case, feed, members, put, text_of, with_extra
from tests.gtfs.hostile.zips import STORED, WIDE, Member, build, deflated, local_header, streamed, wide_extra

MIB = 1 << 20
TIMES = text_of("stop_times.txt").encode()


def zeros(size: int) -> bytes:
    """So many zero bytes, deflated, without ever holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(MIB)
    return b"".join(packer.compress(block) for _ in range(size // MIB)) + packer.flush()


def bomb(name: str, size: int) -> Member:
    packed = zeros(size)
    crc = 0
    for _ in range(size // MIB):
        crc = zlib.crc32(bytes(MIB), crc)
    return Member(name, packed=packed, local={"crc": crc, "unpacked": size}, central={"crc": crc, "unpacked": size})


# --- bombs ---------------------------------------------------------------------------------------------------------------------
for file in ("stop_times.txt", "stops.txt", "shapes.txt", "readme.txt", "locations.geojson"):
    put(f"bomb-in-{file}", partial(lambda file: build([*[m for m in members() if m.name != file], bomb(file, 24 * MIB)]), file),
        REJECT, "zip_bomb")  # fmt: skip


put("bomb-of-a-gigabyte", lambda: with_extra(bomb("shapes.txt", 1024 * MIB)), REJECT, "zip_bomb", heavy=True)


@case("bomb-of-many-small-files", REJECT, "zip_bomb")
def many_small() -> bytes:
    text = bytes(MIB - 1)
    packed = deflated(text, 9)
    crc = zlib.crc32(text)
    told = {"crc": crc, "unpacked": len(text)}
    return with_extra(*(Member(f"extra{n}.txt", packed=packed, local=told, central=told) for n in range(900)))


@case("bomb-of-one-line-again-and-again", REJECT, "zip_bomb", heavy=True)
def same_line() -> bytes:
    return feed(stop_times=TIMES + b"t1,09:00:00,09:00:00,a,9,0,0\n" * 3_000_000)


@case("bomb-of-a-quoted-field", REJECT, "zip_bomb", heavy=True)
def quoted_gigabyte() -> bytes:
    return feed(stops=text_of("stops.txt").encode() + b'x,"' + b"lang\n" * (60 * MIB // 5) + b'",49,8,0,,\n')


@case("bomb-that-says-it-is-small", REJECT)
def small_bomb() -> bytes:
    member = bomb("shapes.txt", 8 * MIB)
    member.local["unpacked"] = member.central["unpacked"] = 1000
    return with_extra(member)


@case("bomb-that-says-it-is-small-in-a-table", REJECT, "zip_damaged")
def small_bomb_in_stops() -> bytes:
    member = bomb("levels.txt", 8 * MIB)
    member.local["unpacked"] = member.central["unpacked"] = 1000
    return with_extra(member)


@case("files-that-share-bytes", REJECT)
def shared() -> bytes:
    big = Member("shapes.txt", b"shape_id,shape_pt_lat\n" * 1000)
    twin = Member("shapez.txt", big.text, shares=True)
    return with_extra(big, Member("shapez.txt", big.text, shares=True, central={"name": b"shapes.txt"}), twin)


@case("files-nested-in-each-other", REJECT, "zip_overlap")
def quoted_overlap() -> bytes:
    inner = Member("b.txt", b"x" * 500, STORED)
    outer = Member("a.txt", inner_bytes(inner), STORED)
    raw = bytearray(with_extra(outer, Member("b.txt", inner.text, STORED, shares=True)))
    place = raw.index(inner_bytes(inner))
    entry = raw.rindex(b"b.txt") - 46
    raw[entry + 42 : entry + 46] = struct.pack("<I", place)
    return bytes(raw)


def inner_bytes(member: Member) -> bytes:
    return local_header(member.truth()) + member.body()


@case("a-file-that-reaches-into-the-directory", REJECT)
def into_directory() -> bytes:
    return with_extra(
        Member("x.txt", b"abc", STORED, local={"packed": 60, "unpacked": 60}, central={"packed": 60, "unpacked": 60})
    )


@case("a-thousand-and-one-files", REJECT, "zip_too_many_files")
def too_many() -> bytes:
    return with_extra(*(Member(f"{n}.txt") for n in range(1001)))


@case("hundred-thousand-files-in-the-directory", REJECT, heavy=True)
def directory_of_100_000() -> bytes:
    return with_extra(*(Member(f"{n}.txt", shares=n > 0) for n in range(100_000)))


@case("more-files-than-the-end-says", REJECT, heavy=True)
def count_lies() -> bytes:
    return build([*members(), *(Member(f"{n}.txt", shares=n > 0) for n in range(70_000))], count=7)


@case("names-of-64-kilobytes", REJECT)
def long_names() -> bytes:
    return with_extra(*(Member(f"{n}" + "x" * 60_000) for n in range(50)))


# --- lying sizes ---------------------------------------------------------------------------------------------------------------
SHAPES = b"shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n" + b"s,49.5,8.6,1\n" * 100
AGENCY = text_of("agency.txt").encode()
TWO_AGENCIES = AGENCY + b"B,Anderes,https://example.org,Europe/Paris\n"
CUT = {"unpacked": len(AGENCY), "crc": zlib.crc32(AGENCY)}


def with_lies(name: str, text: bytes, local: Mapping[str, object], central: Mapping[str, object]) -> bytes:
    """The small feed, one of its files with other statements in front of it and in the directory."""
    return build([*(one for one in members() if one.name != name), Member(name, text, local=dict(local), central=dict(central))])


for lie, local, central in (
    ("unpacked-smaller-in-the-directory", {}, {"unpacked": 100}),
    ("unpacked-larger-in-the-directory", {}, {"unpacked": 10_000}),
    ("unpacked-smaller-in-front", {"unpacked": 100}, {}),
    ("unpacked-larger-in-front", {"unpacked": 10_000}, {}),
    ("packed-smaller-in-the-directory", {}, {"packed": 10}),
    ("packed-larger-in-front", {"packed": 10_000}, {}),
    ("checksum-in-the-directory", {}, {"crc": 1}),
    ("checksum-in-front", {"crc": 1}, {}),
    ("checksum-in-both", {"crc": 1}, {"crc": 1}),
    ("unpacked-smaller-in-both", {"unpacked": 100}, {"unpacked": 100}),
    ("unpacked-larger-in-both", {"unpacked": 9_000}, {"unpacked": 9_000}),
    ("another-name-in-front", {"name": b"levels.txt"}, {}),
    ("a-name-that-leads-outside-in-front", {"name": b"../../x.txt"}, {}),
    ("stored-in-front-deflated-in-the-directory", {"method": 0}, {}),
    ("deflated-in-front-stored-in-the-directory", {}, {"method": 0}),
    ("encrypted-in-front-only", {"flags": 1}, {}),
    ("in-volume-three", {}, {"disk": 3}),
):
    put(f"lie-{lie}", partial(with_lies, "stop_times.txt", TIMES, local, central), REJECT)
put("lie-cut-off-with-a-matching-checksum", partial(with_lies, "agency.txt", TWO_AGENCIES, CUT, CUT), REJECT, "zip_damaged")


def streamed_times(**kind: object) -> bytes:
    times = streamed("stop_times.txt", TIMES, **kind)  # type: ignore[arg-type]
    return build([*(m for m in members() if m.name != "stop_times.txt"), times])


put("streamed", streamed_times, HARMLESS)
put("streamed-without-signature", partial(streamed_times, signature=False), HARMLESS)
put("streamed-with-wide-sizes", partial(streamed_times, wide=True), HARMLESS)
put("streamed-with-a-lying-size", partial(streamed_times, unpacked=10), REJECT, "zip_contradicts")
put("streamed-with-a-lying-packed-size", partial(streamed_times, packed=10), REJECT, "zip_contradicts")
put("streamed-with-a-lying-checksum", partial(streamed_times, crc=10), REJECT, "zip_contradicts")


def wide(unpacked: int, packed: int | None = None) -> bytes:
    """stop_times.txt with sizes in the 64-bit extra field of both places."""
    true = len(deflated(TIMES))
    told = {"packed": WIDE, "unpacked": WIDE, "extra": wide_extra(unpacked, true if packed is None else packed), "needed": 45}
    return build(
        [*(m for m in members() if m.name != "stop_times.txt"), Member("stop_times.txt", TIMES, local=told, central=told)]
    )


put("wide-sizes", partial(wide, len(TIMES)), HARMLESS)
put("wide-sizes-of-an-exabyte", partial(wide, 1 << 60), REJECT)
put("wide-sizes-that-lie", partial(wide, 10), REJECT, "zip_damaged")
put("wide-packed-size-of-an-exabyte", partial(wide, len(TIMES), 1 << 60), REJECT)
put("wide-sizes-of-minus-one", partial(wide, (1 << 64) - 1, (1 << 64) - 1), REJECT)
put("a-directory-beyond-the-end", lambda: build(members(), offset=1 << 31), REJECT)
put("a-directory-of-four-gigabytes", lambda: build(members(), size=WIDE - 1), REJECT)
put("a-directory-that-begins-elsewhere", lambda: build(members(), offset=3), REJECT)
put("on-the-ninth-disk", lambda: build(members(), disk=9), REJECT)

# --- names and kinds -----------------------------------------------------------------------------------------------------------
OUTSIDE = (
    "../evil.txt", "../../../../etc/cron.d/x", "/etc/passwd", "a/../../evil.txt", "..\\evil.txt", "\\\\server\\share\\stops.txt", "C:\\stops.txt",
    "C:stops.txt", "//server/share/x.txt", "stops.txt:stream", "a\0b.txt", "\x1b[2Jx.txt", "x\n.txt", "\u202etxt.spots",
)  # fmt: skip
for number, name in enumerate(OUTSIDE):
    put(f"name-{number}-{name.encode('unicode_escape').decode()}", partial(lambda n: with_extra(Member(n, b"x")), name), REJECT)
TWICE = ("stops.txt", "STOPS.TXT", "Stops.txt", "ﬆops.txt", "stops.txt ", "stops.txt.", "./stops.txt", "ｓtops.txt")
for number, name in enumerate(TWICE):
    put(f"twice-{number}-{name}", partial(lambda n: with_extra(Member(n, text_of("stops.txt").encode())), name), REJECT)
put(
    "twice-composed-and-not",
    lambda: with_extra(Member("Pläne.txt", b"x"), Member("Pla\u0308ne.txt", b"x")),
    REJECT,
    "zip_duplicate_name",
)
for kind, mode in (("link", stat.S_IFLNK), ("device", stat.S_IFCHR), ("disk", stat.S_IFBLK), ("pipe", stat.S_IFIFO), ("socket", stat.S_IFSOCK)):  # fmt: skip
    put(f"a-{kind}", partial(lambda m: with_extra(Member("extra.txt", b"/etc/passwd", mode=m | 0o777)), mode), REJECT, "zip_link")
put(
    "stops-as-a-link",
    lambda: build([*members(stops=None), Member("stops.txt", b"/etc/passwd", mode=stat.S_IFLNK)]),
    REJECT,
    "zip_link",
)
put("a-folder-with-text", lambda: with_extra(Member("stuff/", b"hidden text")), REJECT, "zip_contradicts")
put("a-folder", lambda: with_extra(Member("stuff/", b"", STORED)), HARMLESS)
put("backslashes-for-folders", lambda: build([Member(f"feed\\{m.name!s}", m.text) for m in members()]), REPAIR, "nested_folder")
put(
    "one-folder-around-all",
    lambda: build([Member(f"Fahrplan 2026/{m.name!s}", m.text) for m in members()]),
    REPAIR,
    "nested_folder",
)
put(
    "two-feeds",
    lambda: build([Member(f"{folder}/{m.name!s}", m.text) for folder in "ab" for m in members()]),
    REJECT,
    "several_feeds",
)
put("names-in-capitals", lambda: build([Member(str(m.name).upper(), m.text) for m in members()]), REPAIR, "file_name_case")
put("what-macos-leaves", lambda: with_extra(Member("__MACOSX/._stops.txt", b"\0\1\2"), Member(".DS_Store", b"\0")), HARMLESS)
put(
    "a-letter-beside-the-feed",
    lambda: with_extra(Member("Anmerkungen.docx", b"PK\3\4" + bytes(50)), Member("Info.pdf", b"%PDF-1.7")),
    HARMLESS,
)

# --- archives within -----------------------------------------------------------------------------------------------------------
for ending in ("zip", "ZIP", "tar.gz", "7z", "rar", "tgz", "zst", "xz", "bz2"):
    put(f"nested-{ending}", partial(lambda e: with_extra(Member(f"inner.{e}", feed())), ending), REJECT, "zip_nested")
put("nested-by-another-name", lambda: with_extra(Member("inner.dat", feed())), REJECT, "zip_nested")
put("nested-stored-by-another-name", lambda: with_extra(Member("inner.txt", feed(), STORED)), REJECT)
put("nested-gz-by-another-name", lambda: with_extra(Member("shapes.txt", b"\x1f\x8b\x08" + bytes(40))), REJECT, "zip_nested")
put("a-zip-in-a-zip", lambda: build([Member("feed.zip", feed())]), REJECT, "zip_nested")

# --- packing -------------------------------------------------------------------------------------------------------------------
for method in (1, 6, 9, 12, 14, 93, 95, 97, 98, 255):
    put(f"packed-by-method-{method}", partial(lambda m: with_extra(Member("extra.txt", b"abc", m)), method), REJECT, "zip_method")
put("encrypted", lambda: build([Member(m.name, m.text, flags=1) for m in members()]), REJECT, "zip_encrypted")
put("encrypted-by-aes", lambda: build([Member(m.name, m.text, 99, flags=1) for m in members()]), REJECT, "zip_encrypted")
put("encrypted-directory", lambda: with_extra(Member("x.txt", b"x", flags=0x2000)), REJECT, "zip_encrypted")
put("packed-text-cut-off", lambda: with_extra(Member("levels.txt", TIMES, packed=deflated(TIMES)[:-20])), REJECT, "zip_damaged")
put(
    "packed-text-of-noise",
    lambda: with_extra(Member("levels.txt", TIMES, packed=random.Random(1).randbytes(300))),
    REJECT,
    "zip_damaged",
)
put("packed-text-with-something-after", lambda: with_extra(Member("levels.txt", b"level_id\n", packed=deflated(b"level_id\n") + b"EVIL" * 9)), REJECT, "zip_damaged")  # fmt: skip
put("stored", lambda: build([Member(m.name, m.text, STORED) for m in members()]), HARMLESS)
put("no-text-packed", lambda: with_extra(Member("levels.txt", b"")), HARMLESS)

# --- cut, surrounded, something else as well ------------------------------------------------------------------------------------
for share in (0.05, 0.5, 0.9, 0.99):
    put(f"cut-at-{share:.0%}", partial(lambda s: feed()[: int(s * len(feed()))], share), REJECT)
put("last-byte-missing", lambda: feed()[:-1], REJECT)
put("first-bytes-missing", lambda: feed()[30:], REJECT)
put("spaces-before", lambda: b"\r\n  \n" + feed(), REPAIR, "zip_surrounded")
put("zeros-after", lambda: feed() + bytes(512), REPAIR, "zip_surrounded")
put("line-end-after", lambda: feed() + b"\r\n", REPAIR, "zip_surrounded")
put("with-a-comment", lambda: build(members(), comment=b"Export vom 27.11.2026"), HARMLESS)
put("with-a-comment-that-is-an-end", lambda: build(members(), comment=build([])), REJECT, "zip_contradicts")
put("two-zips-in-one", lambda: feed(agency=text_of("agency.txt").replace("Kreisbus", "Anderer")) + feed(), REJECT)
for what, start in {
    "windows-program": b"MZ" + bytes(100), "linux-program": b"\x7fELF" + bytes(100), "script": b"#!/bin/sh\nrm -rf /\nexit\n",
    "pdf": b"%PDF-1.7\n" + b"x" * 100, "png": b"\x89PNG\r\n\x1a\n" + bytes(90), "gif": b"GIF89a" + bytes(90), "jpeg": b"\xff\xd8\xff\xe0" + bytes(90),
    "page": b"<!doctype html><script>alert(1)</script>",
}.items():  # fmt: skip
    put(f"also-a-{what}", partial(lambda s: s + feed(), start), REJECT, "zip_polyglot")
    put(f"also-a-{what}-with-true-offsets", partial(lambda s: build(members(), before=s), start), REJECT, "zip_polyglot")


# --- no feed at all -------------------------------------------------------------------------------------------------------------
def office(kind: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr(f"{kind}/document.xml", "<x/>")
    return out.getvalue()


put("empty-file", lambda: b"", REJECT, "not_a_zip")
put("empty-zip", lambda: build([]), REJECT, "file_missing")
put("spreadsheet", partial(office, "xl"), REJECT, "file_missing")
put("letter", partial(office, "word"), REJECT, "file_missing")
put("gpx", lambda: b'<?xml version="1.0"?><gpx version="1.1"><trk/></gpx>', REJECT, "not_a_zip")
put("page", lambda: b"<!doctype html><title>404</title>", REJECT, "not_a_zip")
put("csv", lambda: text_of("stops.txt").encode(), REJECT, "not_a_zip")
put("gz", lambda: b"\x1f\x8b\x08\0" + zlib.compress(TIMES), REJECT, "not_a_zip")
put("noise", lambda: random.Random(2).randbytes(100_000), REJECT, "not_a_zip")
put("zeros", lambda: bytes(100_000), REJECT, "not_a_zip")
put("only-an-end", lambda: b"PK\5\6" + bytes(18), REJECT)
put("many-ends", lambda: (b"PK\5\6" + bytes(18)) * 3000, REJECT)
