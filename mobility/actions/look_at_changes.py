"""What would change if an uploaded feed took the place of the one in use: lines, departures, and the stops on the county's roads."""

from __future__ import annotations

from dataclasses import dataclass

from gtfs.comparing import FeedChanges, StopChange, compare_feeds
from gtfs.errors import FeedError
from gtfs.feed import Feed
from mobility.actions.context import Context
from mobility.actions.look_at_day import MapGround, ground_around
from mobility.domain.accounts import Actor
from mobility.domain.datasets import Dataset, DatasetKind

MOST_DRAWN = 300
"""Stops that changed; more would cover each other on any screen."""
_MOST_DOTS = 1500


@dataclass(frozen=True, slots=True)
class ChangesSeen:
    """``before`` is the version in use. ``drawn`` are the stops that changed, ``dots`` (lon, lat) those that stay, as far as a map can show
    them; ``ground`` is None while no streets are imported and when no stop changes.
    """

    before: Dataset
    changes: FeedChanges
    drawn: tuple[StopChange, ...]
    dots: tuple[tuple[float, float], ...]
    ground: MapGround | None


def look_at_changes(context: Context, actor: Actor, dataset: Dataset) -> ChangesSeen | None:
    """None for the version in use, for one that cannot be used, and where there is nothing to compare it with."""
    with context.store.transaction() as tx:
        before = tx.find_dataset(actor, DatasetKind.FEED, dataset.feed)
        streets = tx.find_dataset(actor, DatasetKind.STREETS)
    if before is None or dataset.in_use or dataset.rejected:
        return None
    try:
        old, new = (Feed.load(context.datasets / one.folder) for one in (before, dataset))
    except FeedError:
        return None
    changes = compare_feeds(old, new)
    drawn = tuple(stop for stop in changes.stops if stop.change != "renumbered")[:MOST_DRAWN]
    changed = {stop.id for stop in changes.stops}
    dots = [(stop.lon, stop.lat) for stop in new.stops if stop.id not in changed and stop.location_type == 0]
    points = [place for stop in drawn for place in ((stop.lon, stop.lat), *((stop.was,) if stop.was else ()))]
    ground = ground_around(context.networks.streets_of(streets), points) if streets is not None and points else None
    return ChangesSeen(before, changes, drawn, tuple(dots[:: len(dots) // _MOST_DOTS + 1]), ground)
