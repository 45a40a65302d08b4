"""Upload a feed, look at what was found and what it would bring, and then, as a step of its own, put it into use."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

from gtfs.confinement import import_confined
from gtfs.errors import FeedError
from gtfs.feed import Feed
from gtfs.findings import CheckReport
from gtfs.merging import Merged
from gtfs.options import NO_OPTIONS, Options
from gtfs.overlap_rules import MAIN
from gtfs.overlaps import Overlap
from gtfs.places import META, ORIGINAL, OVERLAY
from mobility.actions.context import Context
from mobility.actions.hand_over_hurt import hand_over_hurt
from mobility.actions.import_data import digest_of, feeds_with, id_of_version, new_folder, refuse_apart
from mobility.actions.keep_feeds import refuse_too_much
from mobility.actions.local_time import agency_zone
from mobility.actions.logbook import write_logbook
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.domain.office import LogbookKind
from mobility.domain.services import Service
from mobility.errors import ConflictError, InvalidInputError, NotFoundError, Problem, UnavailableError
from mobility.progress_bars import Tell

_TRIES = 3
_NOT_THE_FEEDS_FAULT = frozenset({"cannot_store", "folder_exists"})
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class FeedVersion:
    """An uploaded feed. ``findings`` and ``counts`` are as ``python -m gtfs check`` prints them."""

    dataset: Dataset
    outcome: str
    findings: tuple[dict[str, Any], ...]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class FeedPreview:
    """What a feed would bring: lines as (short name, long name, trips), first and last day; beside the agency's other feeds in use: which
    services' lines are nowhere, which are taken from another feed than the service's, which lines of it or others are not ridden
    because two deliver them, and why it cannot be used beside them (empty: it can).
    """

    lines: tuple[tuple[str, str, int], ...]
    first: date | None
    last: date | None
    lacking: tuple[Service, ...]
    losing: tuple[Service, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    apart_because: str = ""


def upload_feed(  # noqa: PLR0913 - what the form asks for
    context: Context,
    actor: Actor,
    source: Path,
    name: str,
    progress: Tell | None = None,
    *,
    options: Options = NO_OPTIONS,
    feed: str = MAIN,
) -> Dataset:
    """Check and compile a feed and keep it as a version that is not in use, of the agency's feed called ``feed``. One that is rejected is kept
    as it came, with what was found.

    Raises:
        InvalidInputError: the kept versions take as much of the disk as they may.
        UnavailableError: it cannot be stored now.
    """
    refuse_too_much(context, actor, source.stat().st_size)
    folder = new_folder(context, DatasetKind.FEED)
    try:
        rejected = not _compiled(context, source, folder, progress, options)
        dataset = Dataset(
            id="",
            agency_id=actor.agency_id,
            kind=DatasetKind.FEED,
            version=0,
            folder=str(folder.relative_to(context.datasets)),
            source=_plain_name(name),
            sha256=digest_of(source),
            imported_at=context.clock(),
            in_use=False,
            imported_by=actor.account_id,
            rejected=rejected,
            feed=feed,
        )
        return _added(context, actor, dataset)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _compiled(context: Context, source: Path, folder: Path, progress: Tell | None, options: Options) -> bool:
    """Whether the feed lies in ``folder`` now, compiled; when it is rejected, as it came and with the report."""
    try:
        import_confined(source, folder, progress, context.feed_limits, options)
    except FeedError as error:
        if error.finding.code in _NOT_THE_FEEDS_FAULT:
            raise UnavailableError("the feed cannot be stored now; is the disk full?") from error
        _keep_rejected(folder, source, options, error.report or CheckReport((error.finding,)))
        return False
    return True


def _keep_rejected(folder: Path, source: Path, options: Options, report: CheckReport) -> None:
    folder.mkdir(parents=True)
    shutil.copyfile(source, folder / ORIGINAL)
    if options.overlay:
        (folder / OVERLAY).write_text(options.overlay, "utf-8")
    (folder / META).write_text(json.dumps({"report": report.to_json()}, ensure_ascii=False), encoding="utf-8")


def _added(context: Context, actor: Actor, dataset: Dataset) -> Dataset:
    """With the next free version: two uploads at the same moment may look for the same one."""
    for attempt in range(1, _TRIES + 1):
        try:
            with context.store.transaction() as tx:
                version = tx.next_dataset_version(actor.agency_id, dataset.kind, dataset.feed)
                identifier = id_of_version(actor.agency_id, dataset.kind, dataset.feed, version)
                added = replace(dataset, version=version, id=identifier)
                tx.add_dataset(added)
                write_logbook(context, tx, actor, LogbookKind.FEED_UPLOADED, added.id, "rejected" if added.rejected else "")
                return added
        except ConflictError:
            if attempt == _TRIES:
                raise
    raise AssertionError("the last try returns or raises")


def _plain_name(name: str) -> str:
    """The last part of a file's name as it was sent, on one line."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(letter for letter in last if letter.isprintable())[:_LONGEST_NAME] or "feed.zip"


def list_feeds(context: Context, actor: Actor) -> list[Dataset]:
    """All versions of all feeds, the main one's first, then by name; the newest first."""
    with context.store.transaction() as tx:
        found = tx.list_datasets(actor, DatasetKind.FEED)
    return sorted(found, key=lambda dataset: (dataset.feed, -dataset.version))


def find_earlier_feed(context: Context, actor: Actor, feed: str = MAIN) -> Dataset | None:
    """The version of a feed that was in use before the present one; None when there was none."""
    versions = [one for one in list_feeds(context, actor) if one.feed == feed]
    used = [one for one in versions if one.used_at is not None and not one.in_use and not one.rejected]
    return max(used, key=lambda one: (one.used_at, one.version), default=None)


def read_feed_version(context: Context, actor: Actor, dataset_id: str) -> FeedVersion:
    """One version with what was found in it.

    Raises:
        NotFoundError: no such feed for this actor.
    """
    with context.store.transaction() as tx:
        dataset = tx.get_dataset(actor, dataset_id)
    if dataset.kind is not DatasetKind.FEED:
        raise NotFoundError("dataset: not found")
    try:
        meta = json.loads((context.datasets / dataset.folder / META).read_text("utf-8"))
    except OSError:
        meta = {}
    report = meta.get("report", {})
    findings = tuple(report.get("findings", ()))
    return FeedVersion(dataset, str(report.get("outcome", "")), findings, dict(report.get("counts", {})))


def preview_feed(context: Context, actor: Actor, dataset: Dataset) -> FeedPreview | None:
    """What a feed holds; None for a rejected one and for one whose folder is gone or of another version of this program."""
    if dataset.rejected:
        return None
    try:
        feed = Feed.load(context.datasets / dataset.folder)
    except FeedError:
        return None
    with context.store.transaction() as tx:
        services = [one for one in tx.list_services(actor) if one.line is not None]
        try:
            merged = feeds_with(context, tx, dataset)
        except ConflictError as error:
            merged, why = None, str(error)
        else:
            why = "" if merged is None else merged.left_out.get(dataset.feed, "")
    days = feed.days() or (None, None)
    seen = FeedPreview(_lines(feed), days[0], days[1], (), apart_because=why)
    return seen if merged is None else _beside_others(seen, merged, services)


def _beside_others(seen: FeedPreview, merged: Merged, services: Sequence[Service]) -> FeedPreview:
    ids = {one.line.route_id: one for one in services if one.line is not None}
    prefixes = {part.name: part.prefix for part in merged.parts}
    lost = {prefixes[overlap.loser] + route_id for overlap in merged.overlaps for route_id in overlap.route_ids}
    return replace(
        seen,
        lacking=tuple(one for route_id, one in ids.items() if merged.feed.find_route(route_id) is None),
        losing=tuple(one for route_id, one in ids.items() if route_id in lost),
        overlaps=merged.overlaps,
    )


def _lines(feed: Feed) -> tuple[tuple[str, str, int], ...]:
    trips = feed.trip_table["route"].value_counts()
    number = dict(zip(trips["route"].to_list(), trips["count"].to_list(), strict=True))
    return tuple((route.short_name, route.long_name, int(number.get(at, 0))) for at, route in enumerate(feed.routes))


def use_feed(context: Context, actor: Actor, dataset_id: str) -> Dataset:
    """Put a version into use; whatever is planned from now on reads it. Who is booked and loses a train or bus by it is handed to the desk.

    Raises:
        NotFoundError: no such feed for this actor.
        ConflictError: it was rejected, its files are gone, or it cannot be used beside the agency's other feeds.
    """
    with context.store.transaction() as tx:
        dataset = tx.get_dataset(actor, dataset_id)
    if dataset.kind is not DatasetKind.FEED:
        raise NotFoundError("dataset: not found")
    if preview_feed(context, actor, dataset) is None:
        raise ConflictError("this feed cannot be used")
    with context.store.transaction() as tx:
        if dataset.feed != MAIN:
            refuse_apart(context, tx, dataset)
        used = replace(
            tx.get_dataset(actor, dataset_id), in_use=True, used_at=context.clock(), used_by=actor.account_id, use_on=None
        )
        tx.activate_dataset(used)
        write_logbook(context, tx, actor, LogbookKind.FEED_USED, used.id)
    hand_over_hurt(context, actor.agency_id)
    return used


def plan_feed(context: Context, actor: Actor, dataset_id: str, use_on: date | None) -> Dataset:
    """Have a version put into use when that day begins, or (None) not any more. One version of a feed is planned at a time.

    Raises:
        NotFoundError: no such feed for this actor.
        ConflictError: it cannot be used, or is in use.
        InvalidInputError: the day is not in the future.
    """
    with context.store.transaction() as tx:
        dataset = tx.get_dataset(actor, dataset_id)
    if dataset.kind is not DatasetKind.FEED:
        raise NotFoundError("dataset: not found")
    today = context.clock().astimezone(agency_zone(context, actor)).date()
    if use_on is not None and use_on <= today:
        raise InvalidInputError(Problem("use_on", "is not in the future", "use it now, or choose a later day"))
    if use_on is not None and (dataset.in_use or preview_feed(context, actor, dataset) is None):
        raise ConflictError("this feed cannot be planned")
    planned = replace(dataset, use_on=use_on)
    with context.store.transaction() as tx:
        tx.plan_dataset(planned)
        write_logbook(context, tx, actor, LogbookKind.FEED_PLANNED, planned.id, "" if use_on is None else use_on.isoformat())
    return planned


def use_planned_feeds(context: Context) -> int:
    """Put into use what is planned for today or before; how many. One that cannot be used any more is planned no longer."""
    used = 0
    with context.store.transaction() as tx:
        agencies = tx.list_agencies()
    for agency in agencies:
        actor = system_actor(agency.id)
        today = context.clock().astimezone(ZoneInfo(agency.timezone)).date()
        for dataset in list_feeds(context, actor):
            if dataset.use_on is None or dataset.use_on > today:
                continue
            try:
                use_feed(context, actor, dataset.id)
                used += 1
            except ConflictError:
                plan_feed(context, actor, dataset.id, None)
    return used
