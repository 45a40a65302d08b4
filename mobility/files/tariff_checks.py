"""What must fit together about a service's money and its basis in law."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mobility.domain.services import Access, LegalBasis, ServiceForm
from mobility.files.explanations import Finding, suggest
from mobility.files.service_schema import ServiceKeys

_PUBLIC_LINES = (LegalBasis.LINE, LegalBasis.ON_DEMAND_LINE)
_TIMETABLED = (ServiceForm.LINE_WITH_DEVIATION, ServiceForm.TRIPS_IF_BOOKED)
_CAR_SEATS = 8


def tariff_findings(keys: ServiceKeys) -> Iterator[Finding]:
    """Prices that contradict each other."""
    tariff = keys.tariff
    if tariff.max_eur is not None and tariff.max_eur < tariff.base_eur:
        yield Finding(("tariff", "max_eur"), "below base_eur", "the most one can pay is at least the base price")
    if tariff.bands and tariff.eur_per_km:
        yield Finding(("tariff", "eur_per_km"), "counts for nothing beside bands", "remove one of the two")
    for index, (short, long) in enumerate(pairwise(tariff.bands)):
        if long.up_to_km <= short.up_to_km:
            yield Finding(
                ("tariff", "bands", index + 1, "up_to_km"), "not longer than the band before", "begin with the shortest band"
            )
    yield from _zone_findings(keys)
    groups = [one.group for one in tariff.concessions]
    for index, group in enumerate(groups):
        if group in groups[:index]:
            yield Finding(("tariff", "concessions", index, "group"), "the group has a concession already", "say all of it in one")


def _zone_findings(keys: ServiceKeys) -> Iterator[Finding]:
    zones, seen = [zone.id for zone in keys.zones], set[frozenset[str]]()
    for index, fare in enumerate(keys.tariff.zone_fares):
        path, pair = ("tariff", "zone_fares", index, "between"), frozenset(fare.between)
        for number, zone in enumerate(fare.between):
            if zone not in zones:
                yield Finding((*path, number), "no zone of this id in this file", suggest(zone, zones) or "add it to [[zones]]")
        if pair in seen:
            yield Finding(path, "these zones have a fare already", "a fare holds both ways: write it once")
        seen.add(pair)


def law_findings(keys: ServiceKeys) -> Iterator[Finding]:
    """What the basis in law demands (PBefG, SGB IX)."""
    basis = keys.legal_basis
    if basis in _PUBLIC_LINES and keys.tariff.severely_disabled_free is False:
        mend = "remove the line: on public lines they ride free (§ 228 SGB IX)"
        yield Finding(("tariff", "severely_disabled_free"), "not allowed with this legal_basis", mend)
    if basis is LegalBasis.LINE and keys.form not in _TIMETABLED:
        yield Finding(("legal_basis",), "a line has a timetable (§ 42 PBefG)", 'use "pbefg_44", "pbefg_50" or "permit_free"')
    if basis is LegalBasis.ON_DEMAND_LINE and keys.access is Access.DOOR_TO_DOOR:
        mend = 'use "stop_to_stop" or "stop_to_door", or legal_basis = "pbefg_50"'
        yield Finding(("access",), "rides between defined stops only (§ 44 PBefG)", mend)
    if basis is LegalBasis.POOLED_ON_DEMAND:
        if keys.form in _TIMETABLED:
            yield Finding(
                ("legal_basis",), "pooled transport on demand has no timetable (§ 50 PBefG)", 'use "pbefg_42" or "pbefg_44"'
            )
        if keys.walk_up_seats:
            yield Finding(("walk_up_seats",), "only who has ordered may ride (§ 50 PBefG)", "remove it, or change legal_basis")
    yield from _permit_free(keys) if basis is LegalBasis.PERMIT_FREE else _with_permit(keys)


def _permit_free(keys: ServiceKeys) -> Iterator[Finding]:
    for index, vehicle in enumerate(keys.vehicles):
        if vehicle.seats > _CAR_SEATS:
            yield Finding(
                ("vehicles", index, "seats"),
                "too many for a car without a permit (§ 1 PBefG)",
                f"at most {_CAR_SEATS} beside the driver",
            )
    if keys.form in _TIMETABLED:
        yield Finding(("legal_basis",), "a line needs a permit (§ 42 PBefG)", 'use "pbefg_42" or "pbefg_44"')
    ceiling = keys.ceiling
    most = 30 if ceiling is None else ceiling.refund_eur_per_km
    if keys.volunteers is not None and keys.volunteers.eur_per_km > most:
        mend = f"at most {most / 100:.2f}, or raise ceiling.refund_eur_per_km with the authority's word for it"
        yield Finding(("volunteers", "eur_per_km"), "refunds more than driving costs", mend)


def _with_permit(keys: ServiceKeys) -> Iterator[Finding]:
    if keys.ceiling is not None:
        yield Finding(("ceiling",), "holds without a permit only", 'remove it, or write legal_basis = "permit_free"')
