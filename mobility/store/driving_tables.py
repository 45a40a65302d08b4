"""Tables of what drivers report, their hours and when they are away; part of :mod:`mobility.store.tables`."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, Table, Text, UniqueConstraint

from mobility.domain.driver_events import EventKind, EventProblem
from mobility.store.columns import Id, Instant, check, metadata, needed, of_agency, of_service, one_of, reference

driver_event = Table(
    "driver_event",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    reference("run_id", "run.id", index=True, ondelete="CASCADE"),
    needed("device_id", Text),
    needed("sequence", Integer),
    needed("kind", Text),
    needed("at", Instant),
    needed("received_at", Instant),
    needed("reported_by", Id),
    Column("leg_id", Id),
    Column("halt", Text),
    needed("delay_s", Integer),
    needed("persons", Integer),
    Column("undoes", Integer),
    Column("problem", Text),
    needed("beats_cancellation", Boolean),
    needed("cents", Integer),
    UniqueConstraint("run_id", "device_id", "sequence"),
    one_of("kind", EventKind),
    one_of("problem", EventProblem),
)

leave = Table(
    "leave",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    reference("driver_id", "driver.id", index=True),
    needed("first_day", Date),
    needed("last_day", Date),
    check("days", "first_day <= last_day"),
)

shift = Table(
    "shift",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("service_id", Id),
    reference("driver_id", "driver.id"),
    needed("day", Date),
    needed("start_s", Integer),
    needed("end_s", Integer),
    of_service(),
    check("hours", "start_s < end_s"),
    Index("shift_day_idx", "agency_id", "day"),
    Index("shift_driver_day_idx", "driver_id", "day"),
)
