"""How large a feed may be, and what reading one may cost."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused beyond these.

    ``zip_bytes``: the zip file. ``total_bytes``: all its files unpacked. ``table_bytes`` and ``cells`` (rows × columns): one file that is
    held whole (all but stop_times.txt and shapes.txt). ``members``: files in the zip. ``ratio`` bounds unpacked : packed bytes of a file
    above 1 MiB, ``total_ratio`` that of all files together above 16 MiB. ``columns``, ``line_bytes`` (also of a quoted cell): of any table.
    ``halts``: of one trip. ``departures``: what one row of frequencies.txt may make. ``positions``: corners of all areas.

    Reading may take ``memory_mib`` beyond what the program itself needs and ``cpu_s`` seconds of CPU, and for every MiB of the zip file
    ``memory_mib_per_mib`` and ``cpu_s_per_mib`` more, so that nobody makes others pay much more than he paid himself. The validator is
    asked about feeds of up to ``validator_mib`` unpacked, with ``validator_memory_mib`` of memory, of which it reserves 1,024 and never
    touches most.
    """

    zip_bytes: int = 1 << 30
    total_bytes: int = 4 << 30
    table_bytes: int = 512 * MIB
    members: int = 1000
    ratio: int = 100
    total_ratio: int = 60
    columns: int = 300
    line_bytes: int = MIB // 4
    cells: int = 60_000_000
    halts: int = 5_000
    departures: int = 10_000
    positions: int = 200_000
    memory_mib: int = 160
    memory_mib_per_mib: int = 24
    cpu_s: int = 8
    cpu_s_per_mib: int = 3
    validator_mib: int = 64
    validator_memory_mib: int = 2048

    def memory_for(self, packed_bytes: int) -> int:
        """Bytes that reading a zip file of this size may take beyond the program's own."""
        return self.memory_mib * MIB + self.memory_mib_per_mib * packed_bytes

    def cpu_for(self, packed_bytes: int) -> int:
        """Seconds of CPU that reading a zip file of this size may take."""
        return self.cpu_s + self.cpu_s_per_mib * packed_bytes // MIB

    def changed(self, text: str) -> Limits:
        """With some of them set, as in ``ratio=300, members=2000``.

        Raises:
            ValueError: not of this form, or no such limit; the text says what is allowed.
        """
        changes = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, value = (piece.strip() for piece in part.partition("="))
            if name not in _NAMES:
                raise ValueError(f'there is no limit "{name}"; there are {", ".join(_NAMES)}')
            if not (value.isascii() and value.isdigit()) or not 0 < int(value) < 1 << 40:
                raise ValueError(f'the limit {name} is not a whole number above 0: "{value[:40]}"')
            changes[name] = int(value)
        return replace(self, **changes)


LIMITS = Limits()
_NAMES = tuple(one.name for one in fields(Limits))
