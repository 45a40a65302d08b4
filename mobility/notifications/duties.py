"""What notices about a duty that nobody holds tell, as long as nobody does."""

from __future__ import annotations

from typing import Protocol
from zoneinfo import ZoneInfo

from mobility.domain.accounts import Actor, Agency, system_actor
from mobility.domain.notices import Notice
from mobility.domain.requests import Window
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.notifications.texts import NoticeFacts

_REFERENCE_LENGTH = 6


class DutyRecords(Protocol):
    """What messages about duties need of a store's transaction."""

    def find_agency(self, agency_id: str) -> Agency | None: ...
    def get_run(self, actor: Actor, run_id: str) -> Run: ...
    def get_service(self, actor: Actor, service_id: str) -> Service: ...


def facts_of_duty(records: DutyRecords, notice: Notice) -> NoticeFacts | None:
    """The facts, or None when somebody holds the duty by now, or it is not driven at all.

    Raises:
        NotFoundError: the run or its service is gone.
    """
    system = system_actor(notice.agency_id)
    run = records.get_run(system, notice.run_id or "")
    if run.driver_id is not None or run.withdrawn:
        return None
    service, agency = records.get_service(system, run.service_id), records.find_agency(notice.agency_id)
    return NoticeFacts(
        zone=ZoneInfo(agency.timezone if agency else service.timezone),
        carrier=service.carrier.name,
        telephone=service.carrier.telephone,
        reference=run.id[-_REFERENCE_LENGTH:].upper(),
        day=run.day,
        hours=Window(run.starts_at, run.ends_at),
        service=service.name,
    )
