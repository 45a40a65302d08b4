"""Bring in an OSM extract or a GTFS feed: versioned, the old one in use until the new one is complete."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from polars.exceptions import PolarsError

from gtfs.confinement import import_confined
from gtfs.errors import FeedError
from gtfs.findings import CheckReport
from gtfs.merging import Merged
from gtfs.options import NO_OPTIONS, Options
from gtfs.overlap_rules import MAIN
from mobility.actions.context import Context, feed_rules, new_id
from mobility.actions.keep_feeds import refuse_too_much
from mobility.domain.accounts import system_actor
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.errors import ConflictError
from mobility.planning.network import load_feeds
from mobility.progress_bars import Tell
from mobility.store.interface import Transaction
from routing.streets.importing import ImportReport
from routing.streets.importing import import_streets as compile_streets


def import_streets(context: Context, agency_id: str, extract: Path, progress: Tell | None = None) -> ImportReport:
    """Compile an extract and put it into use.

    Raises:
        routing.streets.errors.StreetsError: the extract is unusable; the streets in use stay.
    """
    folder = new_folder(context, DatasetKind.STREETS)
    report = compile_streets(extract, folder, progress)
    _activate(context, agency_id, (DatasetKind.STREETS, MAIN), folder, extract)
    return report


def import_feed(
    context: Context, agency_id: str, feed: Path, progress: Tell | None = None, options: Options = NO_OPTIONS, *, name: str = MAIN
) -> CheckReport:
    """Check and compile a feed and put it into use as the next version of the agency's feed ``name``; its other feeds stay in use beside it.

    Raises:
        gtfs.errors.FeedError: the feed is rejected; the feed in use stays.
        ConflictError: it cannot be used beside the others.
        InvalidInputError: the kept versions take as much of the disk as they may.
    """
    if feed.is_file():
        refuse_too_much(context, system_actor(agency_id), feed.stat().st_size)
    folder = new_folder(context, DatasetKind.FEED)
    report = import_confined(feed, folder, progress, context.feed_limits, options)
    _activate(context, agency_id, (DatasetKind.FEED, name), folder, feed)
    return report


def feeds_with(context: Context, tx: Transaction, dataset: Dataset) -> Merged | None:
    """The agency's feeds as they would be with this version in use; None where its files are gone.

    Raises:
        ConflictError: it cannot be put together with the others.
    """
    system = system_actor(dataset.agency_id)
    others = [one for one in tx.list_datasets_in_use(system, DatasetKind.FEED) if one.feed != dataset.feed]
    try:
        loaded = load_feeds(context.datasets, [dataset, *others], feed_rules(tx, dataset.agency_id))
    except FeedError:
        return None
    except (ValueError, OverflowError, MemoryError, PolarsError) as error:
        raise ConflictError(f"this feed cannot be used beside the others ({type(error).__name__})") from error
    known = () if loaded is None else {part.name for part in loaded.parts} | set(loaded.left_out)
    return loaded if dataset.feed in known else None


def refuse_apart(context: Context, tx: Transaction, dataset: Dataset) -> None:
    """Whether a version can be used beside the agency's other feeds.

    Raises:
        ConflictError: it cannot; why.
    """
    merged = feeds_with(context, tx, dataset)
    if merged is None or dataset.feed in merged.left_out:
        why = "" if merged is None else f": {merged.left_out[dataset.feed]}"
        raise ConflictError(f"this feed cannot be used{why}")


def new_folder(context: Context, kind: DatasetKind) -> Path:
    """Where the next import of this kind goes; the folder above it is there."""
    folder = context.datasets / kind.value / new_id()
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder


def digest_of(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def id_of_version(agency_id: str, kind: DatasetKind, feed: str, version: int) -> str:
    """Of a version; the main feed's, and the streets', do without the feed's name."""
    return ":".join([agency_id, kind.value, *([feed] if feed else []), str(version)])


def _activate(context: Context, agency_id: str, what: tuple[DatasetKind, str], folder: Path, source: Path) -> None:
    """The last step, in one transaction: whatever fails before leaves the old version in use."""
    digest, now = digest_of(source), context.clock()
    kind, feed = what
    try:
        with context.store.transaction() as tx:
            version = tx.next_dataset_version(agency_id, kind, feed)
            dataset = Dataset(
                id=id_of_version(agency_id, kind, feed, version),
                agency_id=agency_id,
                kind=kind,
                version=version,
                folder=str(folder.relative_to(context.datasets)),
                source=source.name,
                sha256=digest,
                imported_at=now,
                in_use=True,
                used_at=now,
                feed=feed,
            )
            if feed != MAIN:
                refuse_apart(context, tx, dataset)
            tx.activate_dataset(dataset)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
