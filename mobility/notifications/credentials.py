"""What notices about a driver's credentials tell: those that end soon, as they are when it is told."""

from __future__ import annotations

from typing import Protocol
from zoneinfo import ZoneInfo

from mobility.domain.accounts import Actor, Agency, system_actor
from mobility.domain.fleet import Driver
from mobility.domain.notices import Notice
from mobility.domain.services import Service
from mobility.errors import NotFoundError
from mobility.notifications.texts import NoticeFacts

_REFERENCE_LENGTH = 6


class CredentialRecords(Protocol):
    """What messages about credentials need of a store's transaction."""

    def find_agency(self, agency_id: str) -> Agency | None: ...
    def get_driver(self, actor: Actor, driver_id: str) -> Driver: ...
    def list_services(self, actor: Actor) -> list[Service]: ...


def facts_of_credentials(records: CredentialRecords, notice: Notice) -> NoticeFacts | None:
    """The facts, or None when the notice has lapsed: what it warned of has been renewed.

    Raises:
        NotFoundError: the driver is gone, or drives for nobody.
    """
    system = system_actor(notice.agency_id)
    driver, agency = records.get_driver(system, notice.about_driver_id or ""), records.find_agency(notice.agency_id)
    service = next((one for one in records.list_services(system) if one.carrier.provider_id == driver.provider_id), None)
    if service is None:
        raise NotFoundError(f"notice {notice.id}: its driver drives for nobody")
    warned_of = {notice.key.split(":")[-3]: notice.key.split(":")[-2]}
    ending = tuple(one for one in driver.credentials if warned_of.get(one.kind.value) == f"{one.valid_until:%Y%m%d}")
    if not ending:
        return None
    return NoticeFacts(
        zone=ZoneInfo(agency.timezone if agency else service.timezone),
        carrier=service.carrier.name,
        telephone=service.carrier.telephone,
        reference=driver.id[-_REFERENCE_LENGTH:].upper(),
        driver=driver.name,
        credentials=ending,
    )
