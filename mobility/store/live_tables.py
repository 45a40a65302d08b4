"""Tables of what is known of how trips run in fact."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, Table, Text

from mobility.store.columns import Id, Instant, metadata, needed, of_agency

live_source = Table(
    "live_source",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("feed", Text),
    needed("shown", Text),
    needed("checked_at", Instant),
    needed("failures", Integer),
    needed("problem", Text),
    Column("told_at", Instant),
    needed("sha256", Text),
    needed("etag", Text),
    needed("last_modified", Text),
    needed("trips", Integer),
    needed("alerts", Integer),
    needed("passed_over", Integer),
    Column("message", LargeBinary),
    Index("live_source_agency_idx", "agency_id", "id"),
)
"""``message`` is no field of the noun: it is read only by who has not seen it yet."""

trip_report = Table(
    "trip_report",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("trip_id", Text),
    needed("day", Date),
    Column("late_min", Integer),
    needed("by", Id),
    needed("at", Instant),
    needed("until", Instant),
    Index("trip_report_agency_idx", "agency_id", "until"),
)
