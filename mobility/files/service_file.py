"""Reading a service file (``docs/service-file.md`` describes every key)."""

from __future__ import annotations

from mobility.domain.places import Place
from mobility.domain.services import Ceiling, LegalBasis, Service
from mobility.files.service_checks import service_findings
from mobility.files.service_schema import ServiceKeys
from mobility.files.tariff_schema import CeilingKeys
from mobility.files.toml_reading import check, parse

MAX_SERVICE_BYTES = 1_000_000


def read_service(text: str, name: str) -> Service:
    """The service a TOML text describes; ``name`` is the file name told in errors.

    Raises:
        mobility.errors.InvalidInputError: one Problem for everything wrong, each with ``where`` such as
            ``rufbus.toml, line 12: hours[0].start``. What must fit together across sections is checked once every key is right.
    """
    document = parse(text, name, MAX_SERVICE_BYTES, personal=False)
    keys = check(document, ServiceKeys, personal=False)
    document.refuse(service_findings(keys))
    return _noun(keys)


def _noun(keys: ServiceKeys) -> Service:
    stops = tuple(stop.noun() for stop in keys.stops)
    by_id: dict[str, Place] = {stop.stop_id: stop for stop in stops if stop.stop_id is not None}
    return Service(
        id=keys.id,
        name=keys.name,
        form=keys.form,
        access=keys.access,
        carrier=keys.carrier.noun(),
        legal_basis=keys.legal_basis,
        timezone=keys.timezone,
        holidays=keys.holidays,
        zones=tuple(zone.noun() for zone in keys.zones),
        stops=stops,
        use_feed_stops=keys.use_feed_stops,
        hours=tuple(hours.noun() for hours in keys.hours),
        booking=keys.booking.noun(),
        promise=keys.promise.noun(),
        ride=keys.ride.noun(),
        tariff=keys.tariff.noun(keys.legal_basis),
        parallel=keys.parallel.noun(),
        needs=frozenset(keys.needs),
        eligible_groups=frozenset(keys.eligible_groups),
        vehicles=tuple(vehicle.noun() for vehicle in keys.vehicles),
        duties=tuple(duty.noun(by_id) for duty in keys.duties),
        walk_up_seats=keys.walk_up_seats,
        line=keys.line.noun() if keys.line else None,
        volunteers=keys.volunteers.noun() if keys.volunteers else None,
        lock_before_s=keys.lock_before_min * 60,
        closed_on=frozenset(keys.closed_on),
        connection=keys.connection.noun(),
        ceiling=_ceiling(keys),
        staffing=keys.staffing.noun() if keys.staffing else None,
        driver_credentials=frozenset(keys.driver_credentials),
    )


def _ceiling(keys: ServiceKeys) -> Ceiling | None:
    """What all passengers may pay together; there is one without a permit only, whether the file says which or not."""
    if keys.legal_basis is not LegalBasis.PERMIT_FREE:
        return None
    return (keys.ceiling or CeilingKeys()).noun()
