"""An agency's feeds as a whole: which are in use, which counts for a line that several deliver, what they take on the disk, what can go."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gtfs.overlap_rules import read_overlap_rules, told_name
from gtfs.overlaps import Overlap
from mobility.actions.context import Context, feed_rules
from mobility.actions.logbook import write_logbook
from mobility.domain.accounts import Actor
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.domain.office import LogbookKind
from mobility.errors import ConflictError, InvalidInputError, NotFoundError, Problem
from mobility.planning.network import load_feeds

_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class FeedsSeen:
    """The versions in use, the lines of them that are not ridden because another feed counts for them, and feeds (by name) that are left out
    although in use, with the reason. ``rules``: TOML. ``kept_bytes``: what all versions take on the disk, of ``most_bytes``.
    """

    in_use: tuple[Dataset, ...]
    overlaps: tuple[Overlap, ...]
    left_out: dict[str, str]
    rules: str
    kept_bytes: int
    most_bytes: int

    def told(self) -> Iterator[str]:
        """A line for each feed and for each line of which one counts."""
        for one in self.in_use:
            why = f", left out: {self.left_out[one.feed]}" if one.feed in self.left_out else ""
            yield f"{told_name(one.feed)}: version {one.version}, {one.source}{why}"
        for line in self.overlaps:
            because = f"rule {line.rule}" if line.rule else "same company, number and stops"
            away = f"{line.trips} trips of {told_name(line.loser)} are not ridden from {line.first} to {line.last}"
            yield f"line {line.line} of {line.agency}: {told_name(line.winner)} counts, {away} ({because})"
        yield f"All versions take {self.kept_bytes // _MB:,} of {self.most_bytes // _MB:,} MB."


def look_at_feeds(context: Context, actor: Actor) -> FeedsSeen:
    """What is in use, and how the feeds go together."""
    with context.store.transaction() as tx:
        in_use = tx.list_datasets_in_use(actor, DatasetKind.FEED)
        every = tx.list_datasets(actor, DatasetKind.FEED)
        rules = feed_rules(tx, actor.agency_id)
    merged = load_feeds(context.datasets, in_use, rules) if len(in_use) > 1 else None
    overlaps, left_out = ((), {}) if merged is None else (merged.overlaps, dict(merged.left_out))
    return FeedsSeen(tuple(in_use), overlaps, left_out, rules, _kept_bytes(context, every), context.kept_feed_bytes)


def save_feed_rules(context: Context, actor: Actor, rules: str) -> None:
    """Say which feed counts for lines that several deliver; it holds at once.

    Raises:
        InvalidInputError: they cannot be read; what is wrong.
    """
    try:
        read_overlap_rules(rules)
    except ValueError as error:
        raise InvalidInputError(Problem("rules", str(error), "how they are written stands in docs/feeds.md")) from None
    with context.store.transaction() as tx:
        tx.save_feed_rules(actor.agency_id, rules)
        write_logbook(context, tx, actor, LogbookKind.FEED_RULES_SAVED, actor.agency_id)


def withdraw_feed(context: Context, actor: Actor, feed: str) -> None:
    """Use a feed no longer, nor the version planned of it; the others stay in use. Its versions are kept and can be used again.

    Raises:
        NotFoundError: no version of it is in use.
    """
    with context.store.transaction() as tx:
        dataset = tx.find_dataset(actor, DatasetKind.FEED, feed)
        if dataset is None:
            raise NotFoundError("no version of this feed is in use")
        tx.withdraw_dataset(dataset)
        tx.plan_dataset(dataset)
        write_logbook(context, tx, actor, LogbookKind.FEED_WITHDRAWN, dataset.id)


def can_be_removed(dataset: Dataset) -> bool:
    """Only what was never used: not in use, not planned, nothing to go back to."""
    return not dataset.in_use and dataset.use_on is None and dataset.used_at is None


def remove_feed_version(context: Context, actor: Actor, dataset_id: str) -> Dataset:
    """Delete a version that was never used, with its files.

    Raises:
        NotFoundError: no such feed for this actor.
        ConflictError: it is in use, planned, or was in use.
    """
    with context.store.transaction() as tx:
        dataset = tx.get_dataset(actor, dataset_id)
        if dataset.kind is not DatasetKind.FEED:
            raise NotFoundError("dataset: not found")
        if not can_be_removed(dataset):
            raise ConflictError("only a version that was never used can be removed")
        tx.delete_dataset(dataset)
        write_logbook(context, tx, actor, LogbookKind.FEED_REMOVED, dataset.id)
    shutil.rmtree(context.datasets / dataset.folder, ignore_errors=True)
    return dataset


def refuse_too_much(context: Context, actor: Actor, more_bytes: int) -> None:
    """Before another version is kept.

    Raises:
        InvalidInputError: with it the agency's feeds would take more of the disk than they may.
    """
    with context.store.transaction() as tx:
        kept = _kept_bytes(context, tx.list_datasets(actor, DatasetKind.FEED))
    if kept + more_bytes > context.kept_feed_bytes:
        taken = f"take {kept // _MB} MB of the {context.kept_feed_bytes // _MB} MB they may take"
        raise InvalidInputError(
            Problem(
                "feed",
                f"the kept timetables {taken}",
                "remove versions that were never used, or raise MOBILITY_KEPT_FEED_MEGABYTES",
            )
        )


def _kept_bytes(context: Context, datasets: Iterable[Dataset]) -> int:
    folders = [context.datasets / dataset.folder for dataset in datasets]
    return sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())
