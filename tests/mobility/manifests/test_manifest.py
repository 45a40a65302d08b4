"""The run as the driver is to read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.domain.bookings import LegState
from mobility.domain.places import Place
from mobility.domain.riders import Need, Party
from mobility.domain.runs import Visit, VisitKind
from mobility.manifests.halts import halts_of
from mobility.manifests.manifest import HaltKind, ManifestNote, build_manifest, manifest_json

PlaceAt = Callable[[int], Place]


def test_a_ride_becomes_two_numbered_halts_with_the_rider_at_both(story: Any, place: PlaceAt) -> None:
    story.add(*story.ride("Erna Müller", (place(1), "09:10"), (place(2), "09:30"), needs=[Need.WALKING_FRAME]))
    manifest = story.manifest()
    first, second = manifest.halts
    assert (first.number, second.number) == (1, 2)
    assert [rider.name for rider in first.boarding] == ["Erna Müller"]
    assert first.boarding[0].telephone == "0622 0001"
    assert first.boarding[0].needs == (Need.WALKING_FRAME,)
    assert first.alighting == second.boarding == ()
    assert second.alighting[0].leg_id == first.boarding[0].leg_id
    assert (first.seats_aboard, second.seats_aboard) == (1, 0)
    assert f"{first.planned:%H:%M %Z}" == "09:10 CEST"


def test_head_names_run_version_carrier_vehicle_driver_and_duty(story: Any) -> None:
    manifest = story.manifest()
    assert (manifest.run_id, manifest.version) == ("run1", 7)
    assert (manifest.service_name, manifest.carrier_telephone) == ("Bürgerbus Neckartal", "06221 123456")
    assert (manifest.vehicle, manifest.driver_name) == ("Sprinter HD-BB 1", "Karl Öhler")
    assert f"{manifest.shift.earliest:%H:%M}" == "08:00"
    assert manifest.start is not None
    assert f"{manifest.start.planned:%H:%M} {manifest.start.place.name}" == "08:40 Betriebshof"


def test_riders_at_one_stop_share_a_halt_that_keeps_both_promises(story: Any, place: PlaceAt) -> None:
    first, first_out = story.ride("A", (place(1), "09:10"), (place(3), "09:40"))
    second, second_out = story.ride("B", (place(1), "09:12"), (place(3), "09:41"))
    story.add(first, second, first_out, second_out)
    halt = story.manifest().halts[0]
    assert [rider.name for rider in halt.boarding] == ["A", "B"]
    assert halt.arrive_by == story.at("09:20")
    assert halt.leave_not_before == story.at("09:12")
    assert halt.seats_aboard == 2


def test_riders_at_one_stop_an_hour_apart_are_two_halts(story: Any, place: PlaceAt) -> None:
    first, first_out = story.ride("A", (place(1), "09:10"), (place(3), "10:40"))
    second, second_out = story.ride("B", (place(1), "10:12"), (place(3), "10:41"))
    story.add(first, second, first_out, second_out)
    assert [len(halt.boarding) for halt in story.manifest().halts] == [1, 1, 0]


def test_a_timetabled_halt_shows_its_published_time_with_and_without_riders(story: Any, place: PlaceAt) -> None:
    halt = story.visit(VisitKind.HALT, place(1), "09:10")
    pickup, dropoff = story.ride("A", (place(1), "09:10"), (place(2), "09:30"))
    story.add(halt, pickup, dropoff, story.visit(VisitKind.HALT, place(3), "09:40"))
    shared, _, empty = story.manifest().halts
    assert (shared.kind, empty.kind) == (HaltKind.STOP, HaltKind.TIMETABLE)
    assert shared.published == shared.leave_not_before == story.at("09:10")
    assert empty.published == empty.leave_not_before == story.at("09:40")
    assert empty.arrive_by is None


def test_a_break_has_no_number_and_its_length(story: Any, place: PlaceAt) -> None:
    pickup, dropoff = story.ride("A", (place(1), "09:10"), (place(2), "09:30"))
    story.add(pickup, dropoff, replace(story.visit(VisitKind.BREAK, place(2), "09:35"), service_s=1800))
    pause = story.manifest().halts[2]
    assert (pause.kind, pause.number, pause.duration_s) == (HaltKind.BREAK, None, 1800)


def test_nobody_came_so_nobody_is_aboard(story: Any, place: PlaceAt) -> None:
    pickup, _ = story.ride("A", (place(1), "09:10"), (place(2), "09:30"), party=Party(2, 1))
    story.add(replace(pickup, skipped=True))
    halt = story.manifest().halts[0]
    assert halt.boarding[0].skipped
    assert (halt.seats_aboard, halt.wheelchairs_aboard, halt.arrive_by, halt.actual) == (0, 0, None, None)


def test_what_has_happened_is_told(story: Any, place: PlaceAt) -> None:
    pickup, dropoff = story.ride("A", (place(1), "09:10"), (place(2), "09:30"))
    story.add(replace(pickup, actual=story.at("09:13")), dropoff)
    done, ahead = story.manifest().halts
    assert done.actual == done.boarding[0].done_at == story.at("09:13")
    assert ahead.actual is None


def test_a_held_place_is_not_yet_a_promise(story: Any, place: PlaceAt) -> None:
    story.add(*story.ride("A", (place(1), "09:10"), (place(2), "09:30")))
    (booking,) = story.bookings
    story.bookings = [replace(booking, legs=(replace(booking.legs[0], state=LegState.AWAITING_CONFIRMATION),))]
    assert story.manifest().halts[0].boarding[0].awaits_answer


def test_an_unknown_rider_still_waits_at_the_halt(story: Any, place: PlaceAt) -> None:
    story.add(*story.ride("A", (place(1), "09:10"), (place(2), "09:30"), party=Party(3)))
    without = build_manifest(story.run, story.service, [], [], story.driver)
    (entry,) = without.halts[0].boarding
    assert (entry.name, entry.booking_id, entry.seats) == ("", "", 3)


@pytest.mark.parametrize(
    ("changes", "notes"),
    [
        ({}, ()),
        ({"only_if_booked": True}, (ManifestNote.NOBODY_BOOKED,)),
        ({"only_if_booked": True, "driver_id": None}, (ManifestNote.NOBODY_BOOKED, ManifestNote.DRIVER_MISSING)),
        ({"withdrawn": True, "only_if_booked": True}, (ManifestNote.WITHDRAWN,)),
    ],
)
def test_notes(story: Any, changes: dict[str, Any], notes: tuple[ManifestNote, ...]) -> None:
    story.run = replace(story.run, **changes)
    assert story.manifest().notes == notes


def test_json_holds_everything_and_its_times_read_back(story: Any, place: PlaceAt) -> None:
    story.add(*story.ride("Erna Müller", (place(1), "09:10"), (place(2), "09:30"), needs=[Need.GUIDE_DOG]))
    told = json.loads(json.dumps(manifest_json(story.manifest())))
    halt = told["halts"][0]
    assert halt["boarding"][0]["name"] == "Erna Müller"
    assert halt["boarding"][0]["needs"] == ["guide_dog"]
    assert datetime.fromisoformat(halt["planned"]) == story.at("09:10")
    assert told["day"] == "2026-08-03"
    assert told["version"] == 7
    assert halt["navigation_url"] == "geo:49.400000,8.810000?q=49.400000,8.810000"


@given(
    rides=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.integers(0, 1)), max_size=6),
    data=st.data(),
)
def test_no_visit_is_lost_and_the_load_adds_up(rides: list[tuple[int, int, int, int]], data: st.DataObject) -> None:
    """Any order in which each rider boards before alighting: every visit is in exactly one halt, in order; at the end nobody is aboard."""
    visits = _some_order(rides, data)
    halts = halts_of(visits)
    assert [visit for halt in halts for visit in halt.visits] == visits
    aboard: set[str | None] = set()
    parties = {visit.leg_id: visit.party for visit in visits}
    for halt in halts:
        for visit in halt.visits:
            (aboard.add if visit.kind is VisitKind.PICKUP else aboard.discard)(visit.leg_id)
        assert halt.seats_aboard == sum(parties[leg].seats for leg in aboard)
        assert halt.wheelchairs_aboard == sum(parties[leg].wheelchairs for leg in aboard)
        assert len({visit.place for visit in halt.visits}) == 1


def _some_order(rides: list[tuple[int, int, int, int]], data: st.DataObject) -> list[Any]:
    pending = [iter(((VisitKind.PICKUP, index, ride), (VisitKind.DROPOFF, index, ride))) for index, ride in enumerate(rides)]
    start = datetime.fromisoformat("2026-08-03T07:00:00+00:00")
    visits: list[Any] = []
    order = data.draw(st.permutations([index for index in range(len(rides)) for _ in range(2)]))
    for step, index in enumerate(order):
        kind, _, (origin, target, seats, wheelchairs) = next(pending[index])
        where = origin if kind is VisitKind.PICKUP else target
        when = start + timedelta(minutes=step)
        visits.append(
            Visit(
                kind,
                Place(8.0 + where, 49.0),
                when,
                when + timedelta(minutes=5),
                30,
                when,
                f"l{index}",
                Party(seats, wheelchairs),
            )
        )
    return visits
