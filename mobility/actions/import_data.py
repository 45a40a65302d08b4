"""Bring in an OSM extract or a GTFS feed: versioned, the old one in use until the new one is complete."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from gtfs.confinement import import_confined
from gtfs.findings import CheckReport
from gtfs.options import NO_OPTIONS, Options
from mobility.actions.context import Context, new_id
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.progress_bars import Tell
from routing.streets.importing import ImportReport
from routing.streets.importing import import_streets as compile_streets


def import_streets(context: Context, agency_id: str, extract: Path, progress: Tell | None = None) -> ImportReport:
    """Compile an extract and put it into use.

    Raises:
        routing.streets.errors.StreetsError: the extract is unusable; the streets in use stay.
    """
    folder = new_folder(context, DatasetKind.STREETS)
    report = compile_streets(extract, folder, progress)
    _activate(context, agency_id, DatasetKind.STREETS, folder, extract)
    return report


def import_feed(
    context: Context, agency_id: str, feed: Path, progress: Tell | None = None, options: Options = NO_OPTIONS
) -> CheckReport:
    """Check and compile a feed and put it into use.

    Raises:
        gtfs.errors.FeedError: the feed is rejected; the feed in use stays.
    """
    folder = new_folder(context, DatasetKind.FEED)
    report = import_confined(feed, folder, progress, context.feed_limits, options)
    _activate(context, agency_id, DatasetKind.FEED, folder, feed)
    return report


def new_folder(context: Context, kind: DatasetKind) -> Path:
    """Where the next import of this kind goes; the folder above it is there."""
    folder = context.datasets / kind.value / new_id()
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder


def digest_of(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _activate(context: Context, agency_id: str, kind: DatasetKind, folder: Path, source: Path) -> None:
    """The last step, in one transaction: whatever fails before leaves the old version in use."""
    digest, now = digest_of(source), context.clock()
    try:
        with context.store.transaction() as tx:
            version = tx.next_dataset_version(agency_id, kind)
            dataset = Dataset(
                id=f"{agency_id}:{kind.value}:{version}",
                agency_id=agency_id,
                kind=kind,
                version=version,
                folder=str(folder.relative_to(context.datasets)),
                source=source.name,
                sha256=digest,
                imported_at=now,
                in_use=True,
                used_at=now,
            )
            tx.activate_dataset(dataset)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
