"""Who brings what, and who needs whom: it fits, there is time for it, nobody pays for a helper, and the driver knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mobility.actions.hand_out_manifest import read_manifest
from mobility.domain.bookings import Booking
from mobility.domain.requests import Offer, Reason, RideRequest
from mobility.domain.riders import Need, Party
from mobility.domain.tariffs import Tariff
from mobility.errors import InvalidInputError
from mobility.manifests.page import bring_along, page_of
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, MONDAY, County, CountyFiles, local, open_county, wish
from tests.integrity.invariants import Inspector

BUS, HOME, SURGERY = "auental-bus", "Kirschallee 10 Nebelow", "Hausarztpraxis am Markt Auenfurt"


@pytest.fixture
def county(county_files: CountyFiles) -> County:
    """Two buses that serve every need; only the first takes electric wheelchairs, and either boot takes two things."""
    county = open_county(MemoryStore(), county_files)
    service, text = next((service, text) for service, text in county.files.services if service.id == BUS)
    everything = frozenset(Need)
    vehicles = tuple(
        replace(bus, equipment=everything, wheelchair_places=2, large_wheelchair_places=large, stowage_places=2)
        for large, bus in zip((1, 0), service.vehicles, strict=True)
    )
    ride = replace(service.ride, boarding_extra_s=((Need.HELP_TO_DOOR, 180), (Need.WALKING_FRAME, 30)))
    tariff = Tariff(250, assistants_free=True)
    changed = replace(service, needs=everything, vehicles=vehicles, ride=ride, tariff=tariff)
    with county.context.store.transaction() as tx:
        tx.save_service(AGENCY, changed, text)
    return county


def asks(county: County, party: Party, *needs: Need, rider_id: str = "r-004") -> RideRequest:
    places = county.place(HOME), county.place(SURGERY)
    return wish(*places, arrive_by=local(10), party=party, needs=frozenset(needs), rider_id=rider_id)


def rides(county: County, party: Party, *needs: Need) -> list[Offer]:
    return county.rides(asks(county, party, *needs), BUS)


def booked(county: County, party: Party, *needs: Need) -> Booking:
    answer = county.book(rides(county, party, *needs)[0])
    assert isinstance(answer, Booking)
    assert Inspector(county.context, AGENCY, [MONDAY]).findings() == []
    return answer


def test_my_electric_wheelchair_rides_where_the_place_is_large_enough(county: County) -> None:
    first, second = (vehicle.id for vehicle in next(s for s, _ in county.files.services if s.id == BUS).vehicles)
    mine = booked(county, Party(0, 1), Need.ELECTRIC_WHEELCHAIR)
    assert county.run(mine.legs[0].run_id).vehicle.id == first
    assert mine.legs[0].boarding_s == 240
    beside_me = booked(county, Party(0, 1))
    assert county.run(beside_me.legs[0].run_id).vehicle.id in (first, second), "an ordinary one has room on either"
    refused = county.ask(asks(county, Party(0, 2), Need.MOBILITY_SCOOTER)).rejection
    assert refused is not None
    assert refused.reason is Reason.PARTY_TOO_LARGE, "no bus has two large places"


def test_nobody_counted_my_scooter_and_it_has_a_place_all_the_same(county: County) -> None:
    mine = booked(county, Party(1), Need.MOBILITY_SCOOTER)
    assert mine.legs[0].boarding_s == 240
    assert Need.WHEELCHAIR in mine.needs
    assert rides(county, Party(0, 1), Need.ELECTRIC_WHEELCHAIR) == [] or all(
        ride.pickup_window != mine.legs[0].pickup_window for ride in rides(county, Party(0, 1), Need.ELECTRIC_WHEELCHAIR)
    )


def test_three_ladies_with_walking_frames_do_not_fit_into_one_boot(county: County) -> None:
    refused = county.ask(asks(county, Party(3, stowed=3), Need.WALKING_FRAME)).rejection
    assert refused is not None
    two = booked(county, Party(2, stowed=2), Need.WALKING_FRAME)
    assert two.legs[0].boarding_s == 60 + 30


def test_she_is_helped_to_her_door_and_there_is_time_for_it(county: County) -> None:
    plain, helped = rides(county, Party())[0], booked(county, Party(), Need.HELP_TO_DOOR)
    assert helped.legs[0].boarding_s == 60 + 180
    halts = [visit for visit in county.run(helped.legs[0].run_id).visits if visit.leg_id == helped.legs[0].id]
    assert [visit.service_s for visit in halts] == [240, 240]
    assert halts[1].planned - halts[0].planned >= timedelta(seconds=240)
    assert plain.price_cents == helped.price_cents


def test_my_helper_rides_free_and_a_friend_does_not(county: County) -> None:
    alone, helped, friend = (rides(county, party)[0].price_cents for party in (Party(), Party(2, assistants=1), Party(2)))
    assert (alone, helped, friend) == (250, 250, 500)
    assert booked(county, Party(1, 1, assistants=1)).price_cents == 250


@pytest.mark.parametrize("party", [Party(1, assistants=1), Party(0, 2, assistants=1), Party(3, assistants=2)])
def test_helpers_help_somebody(county: County, party: Party) -> None:
    with pytest.raises(InvalidInputError, match="assistants"):
        county.ask(asks(county, party))


def test_what_no_vehicle_has_is_said(county: County) -> None:
    service, text = next((service, text) for service, text in county.files.services if service.id == BUS)
    with county.context.store.transaction() as tx:
        tx.save_service(AGENCY, service, text)
    refused = county.ask(asks(county, Party(), Need.INFANT_SEAT)).rejection
    assert refused is not None
    assert refused.reason is Reason.NEEDS_NOT_SERVED


def test_the_driver_knows_what_to_bring(county: County) -> None:
    mine = booked(county, Party(3, assistants=1), Need.INFANT_SEAT, Need.BOOSTER_SEAT, Need.PUSHCHAIR, Need.LOW_VISION)
    run = county.run(mine.legs[0].run_id)
    manifest = read_manifest(county.context, county.desk, run.id)
    said = bring_along(manifest, "de")
    assert "1 Babyschale" in said
    assert "1 Sitzerhöhung" in said
    assert "Kofferraum für 1 Rollator" in said
    page = page_of(manifest, "de", county.clock())
    assert ("Mitnehmen", said) in page.facts
    details = [detail for halt in page.halts for line in halt.boarding for detail in line.details]
    assert "sieht schlecht: ansprechen und führen" in details
    assert "davon 1 Begleitperson" in details
    assert bring_along(read_manifest(county.context, county.desk, run.id), "en").startswith("1 infant seat")
