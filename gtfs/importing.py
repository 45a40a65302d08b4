"""Importing a feed: checked, compiled and put in place in one step."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

from gtfs.errors import FeedError
from gtfs.findings import CheckReport
from gtfs.limits import LIMITS, MIB, Limits
from gtfs.options import NO_OPTIONS, Options
from gtfs.places import ORIGINAL, OVERLAY, flush
from gtfs.reading import Reading, examine_feed
from gtfs.rows import Progress
from gtfs.storing import save_feed


def import_feed(
    zip_path: Path, folder: Path, progress: Progress | None = None, limits: Limits = LIMITS, options: Options = NO_OPTIONS
) -> CheckReport:
    """Check and compile a feed into ``folder`` (must not exist yet, or be empty), the original beside it as feed.zip, and the overlay.

    It is written to a hidden folder beside ``folder`` and renamed when complete: there is a whole import or none.

    Raises:
        FeedError: the feed is rejected, the folder is taken, or it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FeedError("folder_exists", subject=folder.name)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
    except OSError as error:
        raise FeedError("cannot_store", subject=error.strerror or "") from error
    try:
        return _import_into(zip_path, partial, folder, progress, limits, options)
    except OSError as error:
        raise FeedError("cannot_store", subject=error.strerror or "") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _import_into(
    zip_path: Path, partial: Path, folder: Path, progress: Progress | None, limits: Limits, options: Options
) -> CheckReport:
    """Work on a copy: what was checked is what is kept, whatever happens to the original meanwhile."""
    copy = partial / ORIGINAL
    try:
        if zip_path.stat().st_size > limits.zip_bytes:
            raise FeedError("zip_too_large", subject=f"more than {limits.zip_bytes // MIB} MiB packed")
        shutil.copyfile(zip_path, copy)
    except OSError as error:
        raise FeedError("file_unreadable", subject=error.strerror or "") from error
    reading = examine_feed(copy, progress, limits, options)
    if reading.feed is None:
        raise FeedError.from_report(reading.report)
    if options.overlay:
        (partial / OVERLAY).write_text(options.overlay, "utf-8")
    save_feed(reading.feed, partial, _meta(reading, copy))
    partial.chmod(0o755)
    partial.rename(folder)
    flush(folder.parent)
    return reading.report


def _meta(reading: Reading, copy: Path) -> dict[str, Any]:
    with copy.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"sha256": sha256, "report": reading.report.to_json()}
