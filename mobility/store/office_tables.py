"""Tables of what is done in the office: changes by hand, the logbook, simulations, what-if of the coming day."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, Integer, Table, Text, text

from mobility.domain.hand_actions import HandKind
from mobility.domain.office import LogbookKind, SimulationState
from mobility.store.columns import Id, Instant, metadata, needed, nested, of_agency, one_of

hand_action = Table(
    "hand_action",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("account_id", Id),
    needed("at", Instant),
    needed("kind", Text),
    needed("reason", Text),
    nested("runs"),
    nested("legs"),
    nested("run_revisions"),
    nested("booking_revisions"),
    Column("undone_at", Instant),
    one_of("kind", HandKind),
    Index("hand_action_last_idx", "agency_id", "account_id", "at"),
)

logbook = Table(
    "logbook",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("at", Instant),
    needed("by", Id),
    needed("kind", Text),
    needed("subject", Id),
    needed("note", Text),
    one_of("kind", LogbookKind),
    Index("logbook_at_idx", "agency_id", "at"),
    Index("logbook_subject_idx", "agency_id", "subject", "at"),
)

simulation = Table(
    "simulation",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("ordered_by", Id),
    needed("ordered_at", Instant),
    nested("service_ids"),
    needed("day", Date),
    needed("demand", Integer),
    needed("seed", Integer),
    needed("wishes_file", Text),
    needed("more_vehicles", Integer),
    needed("state", Text),
    needed("done", Integer),
    needed("total", Integer),
    Column("started_at", Instant),
    Column("seen_at", Instant),
    Column("finished_at", Instant),
    needed("problem", Text),
    one_of("state", SimulationState),
    Index("simulation_agency_idx", "agency_id", "ordered_at"),
    Index("simulation_open_idx", "ordered_at", postgresql_where=text("state IN ('queued', 'running')")),
)

what_if = Table(
    "what_if",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("day", Date),
    needed("driver_id", Id),
    needed("reckoned_at", Instant),
    nested("run_ids"),
    nested("rides"),
    Index("what_if_day_idx", "agency_id", "day"),
)
