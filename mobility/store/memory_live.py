"""What is known of how trips run in fact, in memory."""

from __future__ import annotations

from datetime import datetime

from mobility.domain.accounts import Actor
from mobility.domain.live_news import LiveSource, TripReport
from mobility.errors import NotFoundError
from mobility.store.memory_tables import Rows, in_id_order
from mobility.store.memory_visibility import seen
from mobility.store.visibility import Noun


class LiveRows(Rows):
    """Sources of GTFS Realtime with their last messages, and what people report."""

    def save_live_source(self, source: LiveSource, message: bytes | None = None) -> None:
        self._save(self._tables.live_sources, source, "live source")
        if message is not None:
            self._journal.put(self._tables.live_messages, source.id, message)

    def list_live_sources(self, actor: Actor) -> list[LiveSource]:
        return in_id_order(seen(self._tables, actor, Noun.LIVE_SOURCE, self._tables.live_sources.values()))

    def find_live_message(self, actor: Actor, source_id: str) -> bytes | None:
        known = any(one.id == source_id for one in self.list_live_sources(actor))
        return self._tables.live_messages.get(source_id) if known else None

    def delete_live_source(self, actor: Actor, source_id: str) -> None:
        if any(one.id == source_id for one in self.list_live_sources(actor)):
            self._journal.drop(self._tables.live_sources, source_id)
            self._journal.drop(self._tables.live_messages, source_id)

    def save_trip_report(self, report: TripReport) -> None:
        self._save(self._tables.trip_reports, report, "trip report")

    def list_trip_reports(self, actor: Actor, now: datetime) -> list[TripReport]:
        held = (one for one in self._tables.trip_reports.values() if one.until >= now)
        return sorted(seen(self._tables, actor, Noun.TRIP_REPORT, held), key=lambda one: (one.at, one.id))

    def delete_trip_report(self, actor: Actor, report_id: str) -> TripReport:
        found = self._tables.trip_reports.get(report_id)
        if found is None or not seen(self._tables, actor, Noun.TRIP_REPORT, [found]):
            raise NotFoundError(f"trip report {report_id}: not found")
        self._journal.drop(self._tables.trip_reports, report_id)
        return found

    def forget_trip_reports(self, until_before: datetime) -> None:
        for report in [one for one in self._tables.trip_reports.values() if one.until < until_before]:
            self._journal.drop(self._tables.trip_reports, report.id)
