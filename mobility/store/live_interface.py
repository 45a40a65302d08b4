"""What every store can do with what is known of how trips run in fact."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from mobility.domain.accounts import Actor
from mobility.domain.live_news import LiveSource, TripReport


class LiveTransaction(Protocol):
    """Sources of GTFS Realtime with their last messages, and what people report; see :class:`mobility.store.interface.Transaction`."""

    def save_live_source(self, source: LiveSource, message: bytes | None = None) -> None:
        """``message``: the one last received; None leaves the one that is kept."""
        ...

    def list_live_sources(self, actor: Actor) -> list[LiveSource]: ...
    def find_live_message(self, actor: Actor, source_id: str) -> bytes | None: ...
    def delete_live_source(self, actor: Actor, source_id: str) -> None: ...
    def save_trip_report(self, report: TripReport) -> None: ...
    def list_trip_reports(self, actor: Actor, now: datetime) -> list[TripReport]:
        """Those that hold still, the oldest first."""
        ...

    def delete_trip_report(self, actor: Actor, report_id: str) -> TripReport: ...
    def forget_trip_reports(self, until_before: datetime) -> None: ...
