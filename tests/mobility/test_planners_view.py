"""What a planner is shown: a day without anybody's name, and figures in which nobody can be found."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.csv_files import cell, csv_response
from api.web.map_drawing import draw_map, draw_service, letter_of
from mobility.actions.context import Context
from mobility.actions.count_decisions import FEW, HIDDEN, LEAST_SHOWN, STEP, count_decisions, guarded, stepped
from mobility.actions.look_at_day import look_at_day
from mobility.actions.look_at_service import look_at_service
from mobility.domain.accounts import Actor, Role
from mobility.errors import NotFoundError
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, MONDAY, County, CountyFiles, local, open_county, wish

PLANNER = Actor("a-planner", AGENCY, Role.PLANNER)
ADMIN = Actor("a-admin", AGENCY, Role.ADMIN)


@pytest.fixture(scope="module")
def busy(county_files: CountyFiles) -> County:
    """A county with one ride booked and a dozen asked for."""
    county = open_county(MemoryStore(), county_files)
    home, surgery = county.place("Kirschallee 10, Nebelow"), county.place("Hausarztpraxis am Markt, Auenfurt")
    rider = county.files.people.riders[2]
    offer = county.rides(wish(home, surgery, arrive_by=local(10), rider_id=rider.id))[0]
    county.book(offer)
    for minute in range(12):
        county.ask(wish(surgery, home, depart_after=local(11, minute)))
    county.ask(wish(home, surgery, depart_after=local(3)))
    return county


def test_a_day_is_shown_without_names_and_doors_to_whoever_looks(busy: County) -> None:
    for actor in (PLANNER, ADMIN):
        seen = look_at_day(busy.context, actor, MONDAY)
        (run,) = seen.runs
        assert [halt.boarding - halt.alighting for halt in run.halts if halt.boarding or halt.alighting] == [1, -1]
        text = repr(seen)
        for private in ("Kirschallee", busy.files.people.riders[2].name, busy.files.people.drivers[0].name):
            assert private not in text
        assert any(halt.where == "Nebelow" for halt in run.halts)
    assert look_at_day(busy.context, replace(PLANNER, agency_id="elsewhere"), MONDAY).runs == ()


def test_a_run_is_drawn_along_streets(busy: County) -> None:
    """The drawn way is much longer than the straight one, and every halt lies on it."""
    seen = look_at_day(busy.context, PLANNER, MONDAY)
    drawn = draw_map(seen, lambda halt: f"{halt.planned:%H:%M}")
    assert drawn is not None
    assert seen.ground is not None
    (run,) = drawn.runs
    assert run.path.count(" ") > 40
    assert {weight for weight, _ in drawn.roads} >= {"heavy", "light"} or len(drawn.roads) >= 2
    assert all(0 <= halt.at_x <= drawn.width and 0 <= halt.at_y <= drawn.height for halt in run.halts)
    west, south, east, north = seen.ground.bounds
    assert all(west <= lon <= east and south <= lat <= north for lon, lat in seen.runs[0].way)
    points = sum(len(line) for one in seen.ground.roads for line in one.lines)
    assert 100 < points <= 9_000


def test_a_service_is_drawn_with_its_area_and_stops(busy: County) -> None:
    with_area, with_stops = 0, 0
    for service, _ in busy.files.services:
        seen = look_at_service(busy.context, AGENCY, service.id)
        if seen is None:
            continue
        drawn = draw_service(seen)
        with_area, with_stops = with_area + bool(drawn.area), with_stops + bool(drawn.stops)
        assert drawn.area.count("M") == len(service.zones)
        assert len(drawn.stops) == len(seen.stops)
        assert all(0 <= one.at_x <= drawn.width and 0 <= one.at_y <= drawn.height for one in drawn.stops)
    assert with_area
    assert with_stops
    with pytest.raises(NotFoundError):
        look_at_service(busy.context, "elsewhere", busy.files.services[0][0].id)


def test_no_label_covers_another(busy: County) -> None:
    drawn = draw_map(look_at_day(busy.context, PLANNER, MONDAY), lambda _: "10:00")
    assert drawn is not None
    boxes = [(one.x, one.y, len(one.text) * 8) for one in (*drawn.villages, *drawn.runs[0].halts) if one.text]
    for number, (x, y, wide) in enumerate(boxes):
        assert not any(
            abs(y - other_y) < 15 and x < other_x + other_w and other_x < x + wide for other_x, other_y, other_w in boxes[:number]
        )


@pytest.fixture
def afterwards(busy: County) -> Context:
    """Looked at when the month is over."""
    return replace(busy.context, clock=lambda: local(9, day=MONDAY.replace(month=7)))


def test_requests_are_counted_by_village_hour_and_answer(busy: County, afterwards: Context) -> None:
    report = count_decisions(afterwards, PLANNER, MONDAY)
    by_village = {row.key: row.asked for row in report.by_village}
    assert by_village == {"Auenfurt": HIDDEN, "Nebelow": FEW}, "one that may not be shown hides another"
    assert (report.month.day, report.running, report.asked) == (1, False, "14")
    assert (report.offered, report.refused) == (HIDDEN, HIDDEN), "one refusal could be somebody"
    assert count_decisions(afterwards, PLANNER, MONDAY - timedelta(days=10)).asked == "0"
    assert count_decisions(afterwards, replace(PLANNER, agency_id="elsewhere"), MONDAY).asked == "0"


def test_a_month_that_still_runs_is_told_in_steps(busy: County) -> None:
    """One more request from yesterday to today, and its village, cannot be read off two looks."""
    report = count_decisions(busy.context, PLANNER, MONDAY)
    assert (report.running, report.asked, report.offered, report.refused) == (True, "10", "10", "<5")
    assert {(row.key, row.asked, row.refused) for row in report.by_village} == {("Auenfurt", "10", "0"), ("Nebelow", "<5", "<5")}


@given(st.integers(0, 60), st.integers(0, 60))
def test_steps_never_tell_more_than_there_were(one: int, other: int) -> None:
    shown = [text for text in stepped({"a": one, "b": other}).values() if not text.startswith("<")]
    assert all(int(text) % STEP == 0 for text in shown)
    assert all(any(int(text) <= count < int(text) + STEP for count in (one, other)) for text in shown)


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=8))
def test_no_small_count_can_be_reckoned_from_the_sum(counts: dict[str, int]) -> None:
    """Whoever knows the sum and all figures shown is left with at least two unknown ones, or with nothing hidden."""
    shown = guarded(Counter(counts))
    hidden = [key for key, text in shown.items() if not text.isdigit()]
    assert all(not 0 < counts[key] < LEAST_SHOWN for key in counts if key not in hidden)
    several = sum(count >= LEAST_SHOWN for count in counts.values())
    assert len(hidden) != 1 or several == 0


@pytest.mark.parametrize("planted", ["=1+1", "+49", "-cmd|' /C calc'!A0", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(planted: str) -> None:
    kept = cell(planted)
    assert kept[0] == "'" or planted == "+49"
    assert cell("-3") == "-3", "a number stays one"


def test_a_table_to_take_away_is_quoted() -> None:
    answer = csv_response("x.csv", ["a"], [['=HYPERLINK("x","y")'], ["Müller, „A“"]])
    text = bytes(answer.body).decode("utf-8-sig")
    assert text == 'a\r\n"\'=HYPERLINK(""x"",""y"")"\r\n"Müller, „A“"\r\n'


def test_letters_go_on_after_z() -> None:
    assert [letter_of(number) for number in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]
