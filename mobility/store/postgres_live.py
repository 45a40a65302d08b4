"""What is known of how trips run in fact, in PostgreSQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update

from mobility.domain.accounts import Actor
from mobility.domain.live_news import LiveSource, TripReport
from mobility.store import live_tables as n
from mobility.store.codec import to_row
from mobility.store.postgres_errors import translated
from mobility.store.postgres_rows import Rows
from mobility.store.postgres_visibility import visible
from mobility.store.visibility import Noun

_WITHOUT_MESSAGE = [column for column in n.live_source.columns if column.name != "message"]


class LiveRows(Rows):
    """Sources of GTFS Realtime with their last messages, and what people report."""

    def save_live_source(self, source: LiveSource, message: bytes | None = None) -> None:
        self._save(n.live_source, to_row(source, n.live_source))
        if message is not None:
            with translated():
                self._connection.execute(update(n.live_source).where(n.live_source.c.id == source.id).values(message=message))

    def list_live_sources(self, actor: Actor) -> list[LiveSource]:
        wanted = select(*_WITHOUT_MESSAGE).where(visible(actor, Noun.LIVE_SOURCE)).order_by(n.live_source.c.id)
        return self._list(LiveSource, wanted)

    def find_live_message(self, actor: Actor, source_id: str) -> bytes | None:
        wanted = select(n.live_source.c.message).where(visible(actor, Noun.LIVE_SOURCE), n.live_source.c.id == source_id)
        with translated():
            found = self._connection.execute(wanted).scalar_one_or_none()
        return None if found is None else bytes(found)

    def delete_live_source(self, actor: Actor, source_id: str) -> None:
        with translated():
            own = visible(actor, Noun.LIVE_SOURCE) & (n.live_source.c.id == source_id)
            self._connection.execute(delete(n.live_source).where(own))

    def save_trip_report(self, report: TripReport) -> None:
        self._save(n.trip_report, to_row(report, n.trip_report))

    def list_trip_reports(self, actor: Actor, now: datetime) -> list[TripReport]:
        wanted = select(n.trip_report).where(visible(actor, Noun.TRIP_REPORT), n.trip_report.c.until >= now)
        return self._list(TripReport, wanted.order_by(n.trip_report.c.at, n.trip_report.c.id))

    def delete_trip_report(self, actor: Actor, report_id: str) -> TripReport:
        own = visible(actor, Noun.TRIP_REPORT) & (n.trip_report.c.id == report_id)
        found = self._get(TripReport, select(n.trip_report).where(own), f"trip report {report_id}")
        with translated():
            self._connection.execute(delete(n.trip_report).where(own))
        return found

    def forget_trip_reports(self, until_before: datetime) -> None:
        with translated():
            self._connection.execute(delete(n.trip_report).where(n.trip_report.c.until < until_before))
