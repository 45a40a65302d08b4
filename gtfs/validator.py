"""gtfs-guru, the validator, as far as passengers are concerned: its notices as findings, the same code in the same file once."""

from __future__ import annotations

import importlib.util
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from gtfs.findings import Findings
from gtfs.limits import MIB, Limits
from gtfs.validator_rules import GAVE_UP, PASSED_OVER, VALIDATOR_RULES

_COUNTRY = "DE"
_FILES = ("filename", "childFilename")
_ROWS = ("csvRowNumber", "csvRowNumber1", "newCsvRowNumber", "csvRowNumberA", "prevCsvRowNumber")
_SUBJECTS = (
    "fieldValue", "tripId", "stopId", "routeId", "routeShortName", "serviceId", "shapeId", "tripIdA", "blockId", "agencyId", "bookingRuleId", "fromStopId",
    "fieldName", "specifiedField", "serviceWindowStartDate", "filename",
)  # fmt: skip
_FILE_OF = {"stopSequence": "stop_times.txt", "stopSequence1": "stop_times.txt", "tripId": "trips.txt", "tripIdA": "trips.txt", "shapeId": "shapes.txt", "stopId": "stops.txt",
            "serviceId": "calendar.txt", "routeId": "routes.txt", "routeId1": "routes.txt", "bookingRuleId": "booking_rules.txt"}  # fmt: skip
_CHECKED_HERE = frozenset(
    {"stops.txt", "routes.txt", "trips.txt", "stop_times.txt", "transfers.txt", "pathways.txt", "stop_areas.txt", "frequencies.txt",
     "fare_rules.txt", "location_group_stops.txt"}
)  # fmt: skip


def why_not(zip_path: Path, limits: Limits) -> tuple[str, str] | None:
    """Code and subject of why the validator is not asked about this feed; None when it is."""
    if importlib.util.find_spec("gtfs_guru") is None:
        return "validator_absent", ""
    with zipfile.ZipFile(zip_path) as opened:
        unpacked = sum(info.file_size for info in opened.infolist())
    if unpacked > limits.validator_mib * MIB:
        return "validator_skipped", f"{unpacked // MIB} MiB unpacked, at most {limits.validator_mib} are read"
    return None


def validate(zip_path: Path, today: date | None) -> Findings:
    """What the validator has to say of a feed that our own checks have passed. To be called in a process with limits only."""
    import gtfs_guru  # noqa: PLC0415  absent where there is no wheel

    result = gtfs_guru.validate(str(zip_path), country_code=_COUNTRY, date=today.isoformat() if today else None)
    findings = Findings()
    for notice in result.notices:
        context = notice.context()
        file, row, subject = _place(notice, context)
        if notice.code in GAVE_UP:
            findings.add("validator_failed", subject=notice.code)
        elif notice.code in PASSED_OVER or (notice.code == "foreign_key_violation" and file in _CHECKED_HERE):
            continue
        elif notice.code in VALIDATOR_RULES:
            findings.add(notice.code, file, row, subject)
        else:
            findings.add("validator_other", file, row, f"{notice.code} {notice.message}")
    return findings


def _place(notice: Any, context: Mapping[str, Any]) -> tuple[str, int | None, str]:  # noqa: ANN401  the wheel's own type
    """File, row and subject of a notice, wherever it tells them."""
    file = notice.file or _first(context, _FILES) or next((name for key, name in _FILE_OF.items() if key in context), "")
    row = notice.row or _first(context, _ROWS)
    subject = _first(context, _SUBJECTS)
    return str(file), row if isinstance(row, int) else None, "" if subject is None else str(subject)


def _first(context: Mapping[str, Any], names: tuple[str, ...]) -> Any:  # noqa: ANN401  text or number
    return next((context[name] for name in names if context.get(name) not in (None, "")), None)
