"""Service files: what they become, and what is said about the wrong ones."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import shapely

from mobility.domain.fleet import Acceptance, BreakRule
from mobility.domain.places import Place
from mobility.domain.services import DayKind, LegalBasis, Service, ServiceForm
from mobility.errors import InvalidInputError, Problem
from mobility.files.service_file import MAX_SERVICE_BYTES, read_service
from mobility.files.toml_reading import read_text_file


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InvalidInputError) as caught:
        read_service(text, "x.toml")
    return caught.value.problems


def line_of(text: str, part: str) -> int:
    return text.count("\n", 0, text.index(part)) + 1


def test_the_area_example_becomes_this_service(services: dict[str, Service]) -> None:
    service = services["area"]
    assert (service.id, service.form, service.legal_basis) == ("rufbus-oberland", ServiceForm.AREA, LegalBasis.ON_DEMAND_LINE)
    assert service.carrier.telephone == "+493023125001"
    assert service.hours[0].days == frozenset(list(DayKind)[:5])
    assert (service.hours[0].start_s, service.hours[0].end_s) == (23_400, 68_400)
    assert (service.booking.min_notice_s, service.booking.max_days_ahead, service.booking.cancel_notice_s) == (3600, 14, 3600)
    assert (service.promise.pickup_early_s, service.promise.pickup_late_s, service.promise.dropoff_late_s) == (300, 900, 900)
    assert (service.ride.max_factor, service.ride.max_extra_s, service.ride.max_wait_s) == (1.8, 600, 3600)
    assert (service.tariff.base_cents, service.tariff.cents_per_km, service.tariff.max_cents) == (250, 0, 250)
    assert (service.parallel.before_s, service.parallel.after_s, service.parallel.min_ride_m) == (900, 1800, 800)
    assert service.duties[0].breaks == (BreakRule(41_400, 46_800, 1800),)
    assert service.duties[0].base == Place(8.785, 49.425, "Bauhof Oberstadt")
    assert service.duties[1].base == service.stops[0] == Place(8.781, 49.421, "Oberstadt, Marktplatz", "marktplatz")
    assert service.closed_on == {date(2026, 12, 24), date(2026, 12, 31)}
    assert service.lock_before_s == 600


def test_the_other_examples_become_these_services(services: dict[str, Service]) -> None:
    volunteers = services["volunteer_rides"].volunteers
    assert volunteers is not None
    assert (volunteers.acceptance, volunteers.cents_per_km) == (Acceptance.ASK_FIRST, 30)
    assert (volunteers.answer_within_s, volunteers.confirm_before_s) == (7200, 43_200)
    deviation, booked = services["line_with_deviation"].line, services["trips_if_booked"].line
    assert deviation is not None
    assert booked is not None
    assert (deviation.route_id, deviation.max_late_s, deviation.only_trip_ids) == ("line-5", 480, frozenset())
    assert booked.only_trip_ids == {"12-0505", "12-2105", "12-2305"}
    assert services["trips_if_booked"].hours[0].end_s == 91_800
    assert services["trips_if_booked"].duties[1].trip_ids == ("12-2105", "12-2305")


# the form, what is replaced by what, the key told, and a part of the message; the line is that of the replacement
MISTAKES = [
    ("area", 'form = "area"', 'form = "aera"', "form", "did you mean area?"),
    ("area", "walk_up_seats = 1", "walkup_seats = 1", "walkup_seats", "did you mean walk_up_seats?"),
    ("area", "walk_up_seats = 1", "walk_up_seats = 8", "walk_up_seats", "leaves no seat to book"),
    ("area", 'timezone = "Europe/Berlin"', 'timezone = "Europe/Berln"', "timezone", "did you mean Europe/Berlin?"),
    ("area", 'timezone = "Europe/Berlin"', 'timezone = "../../etc"', "timezone", "not a time zone"),
    ("area", 'holidays = "BW"', 'holidays = "XX"', "holidays", "allowed: BB, BE, BW"),
    ("area", "closed_on = [2026-12-24,", "closed_on = [9999-12-24,", "closed_on[0]", "2000 and 2100"),
    ("area", "closed_on = [2026-12-24,", 'closed_on = ["2026-12-24",', "closed_on[0]", "without quotes"),
    ("area", "closed_on = [2026-12-24,", "closed_on = [2026-12-24T10:00:00,", "closed_on[0]", "not a date"),
    ("area", '"+49 30 23125 001"', '"call us"', "carrier.telephone", "not a telephone number"),
    ("area", '"+49 30 23125 001"', '"030 1"', "carrier.telephone", "not a possible telephone number"),
    ("area", "[[8.70, 49.35],", "[[49.35, 8.70],", "zones[0].polygon[0]", "swapped"),
    ("area", "[8.90, 49.35],", "[89.0, 49.35],", "zones[0].polygon", "larger than a county"),
    ("area", "[8.90, 49.35],", "[8.90, 149.35],", "zones[0].polygon[1]", "outside of -90 to 90"),
    ("area", "[8.90, 49.35],", "[8.90, nan],", "zones[0].polygon[1]", "not a finite number"),
    ("area", "[8.90, 49.35],", "[8.90, 49.35, 3],", "zones[0].polygon[1]", "two numbers"),
    ("area", "[8.90, 49.35],", "[8.70, 49.51],", "zones[0].polygon", "cross or touch"),
    ("area", "lon = 8.781", "lon = 9.781", "stops[0]", "lies outside of all zones"),
    ("area", "lon = 8.781", 'lon = "8.781"', "stops[0].lon", "without quotes"),
    ("area", "lat = 49.421", "lat = 1e400", "stops[0].lat", "outside of -90"),
    ("area", "lat = 49.421", "lat = 1e99999999999999999999", "stops[0].lat", "not a finite number"),
    ("area", 'days = ["mon-fri"]\nstart = "06:30"', 'days = ["mo-fr"]\nstart = "06:30"', "hours[0].days[0]", "mon-fri"),
    ("area", 'start = "06:30"', 'start = "6.30"', "hours[0].start", "06:30"),
    ("area", 'start = "06:30"', "start = 630", "hours[0].start", "06:30"),
    ("area", 'end = "19:00"', 'end = "48:00"', "hours[0].end", "47:59"),
    ("area", 'end = "19:00"', 'end = "01:00"', "hours[0].end", '"25:00"'),
    ("area", 'end = "19:00"', 'end = "30:31"', "hours[0].end", "longer than 24 hours"),
    ("area", 'days = ["sat"]\nstart = "08:00"', 'days = ["fri-sat"]\nstart = "08:00"', "hours[1]", "overlaps hours[0]"),
    ("area", "min_notice_min = 60", "min_notice_min = -5", "booking.min_notice_min", "at least 0"),
    ("area", "min_notice_min = 60", "min_notice_min = 60.0", "booking.min_notice_min", "a whole number"),
    ("area", "min_notice_min = 60", "min_notice_min = true", "booking.min_notice_min", "a whole number, found true"),
    ("area", "max_days_ahead = 14", "max_days_ahead = 400", "booking.max_days_ahead", "at most 365"),
    ("area", "max_factor = 1.8", "max_factor = nan", "ride.max_factor", "not a finite number"),
    ("area", "max_factor = 1.8", "max_factor = inf", "ride.max_factor", "not a finite number"),
    ("area", "max_factor = 1.8", "max_factor = 0.9", "ride.max_factor", "1 to 10"),
    ("area", "base_eur = 2.50", "base_eur = 2.505", "tariff.base_eur", "two decimal places"),
    ("area", "base_eur = 2.50", "base_eur = -1", "tariff.base_eur", "between 0 and 500"),
    ("area", "base_eur = 2.50", "base_eur = 250000", "tariff.base_eur", "between 0 and 500"),
    ("area", "base_eur = 2.50", 'base_eur = "2.50 €"', "tariff.base_eur", "expected a number"),
    ("area", "max_eur = 2.50", "max_eur = 2.49", "tariff.max_eur", "below base_eur"),
    ("area", "max_eur = 2.50", "holidays = 'BY'", "tariff.holidays", "belongs at the top of the file"),
    ("area", "seats_per_wheelchair = 2", "seats_per_wheelchair = 9", "vehicles[0]", "more seats than there are"),
    ("area", 'id = "bus-1-saturday"', 'id = "bus-1-weekday"', "duties[1].id", "already that of duties[0]"),
    (
        "area",
        'vehicle = "bus-1"\ndays = ["sat"]',
        'vehicle = "bus-l"\ndays = ["sat"]',
        "duties[1].vehicle",
        "did you mean bus-1?",
    ),
    (
        "area",
        'base = { stop = "marktplatz" }',
        'base = { stop = "markplatz" }',
        "duties[1].base.stop",
        "did you mean marktplatz?",
    ),
    ("area", "narrow_to_min = 10\n", "narrow_to_min = 21\n", "promise.narrow_to_min", "wider than the 20 minutes"),
    ("area", "narrow_before_min = 120\n", "narrow_before_min = 5\n", "promise.narrow_before_min", "10"),
    ("area", "narrow_to_min = 10\n", "", "promise.narrow_before_min", "needs narrow_to_min beside it"),
    ("area", "narrow_before_min = 120\n", "", "promise.narrow_to_min", "needs narrow_before_min beside it"),
    ("area", 'base = { stop = "marktplatz" }', "base = { lon = 8.7 }", "duties[1].base", "neither a stop nor a point"),
    ("area", 'earliest = "11:30"', 'earliest = "05:30"', "duties[0].breaks[0]", "not inside the duty"),
    ("area", 'latest = "13:00"', 'latest = "11:00"', "duties[0].breaks[0].latest", "before earliest"),
    ("area", 'days = ["sat"]\nstart = "07:45"', 'days = ["fri"]\nstart = "07:45"', "duties[1]", "overlaps duties[0]"),
    ("area", 'days = ["sat"]\nstart = "07:45"', 'days = ["sun"]\nstart = "07:45"', "duties[1]", "never within the opening hours"),
    ("area", 'equipment = ["wheelchair",', 'equipment = ["wheelchar",', "vehicles[0].equipment[0]", "did you mean wheelchair?"),
    ("area", 'name = "Bus 1 (Sprinter)"', 'name = "Bus\\u0000"', "vehicles[0].name", "control character"),
    ("area", 'name = "Bus 1 (Sprinter)"', 'name = "  "', "vehicles[0].name", "is empty"),
    ("area", 'name = "Bus 1 (Sprinter)"', "name = 'a\0'", "", "not valid TOML"),
    ("area", 'id = "bus-1"\n', 'id = "Büs"\n', "vehicles[0].id", "not usable as an id"),
    ("area", "[booking]\n", "[booking]\n[booking]\n", "", "not valid TOML"),
    ("area", "seats = 8\n", "seats = 8\nseats = 9\n", "", "each key may stand there once only"),
    ("area", "seats = 8\n", "seats = 08\n", "", "not valid TOML"),
    (
        "volunteer_rides",
        "confirm_before_min = 720",
        "confirm_before_min = 1440",
        "volunteers.confirm_before_min",
        "before it was booked",
    ),
    (
        "volunteer_rides",
        'acceptance = "ask_first"',
        'acceptance = "ask"',
        "volunteers.acceptance",
        "rostered, ask_first, self_pick",
    ),
    ("volunteer_rides", 'form = "volunteer_rides"', 'form = "area"', "form", "needs the section [[vehicles]]"),
    ("trips_if_booked", 'route_id = "line-12"', "", "line.route_id", "add the key route_id"),
    ("trips_if_booked", 'trip_ids = ["12-0505"]', 'trip_ids = ["12-0506"]', "duties[0].trip_ids", "not in line.only_trip_ids"),
    (
        "trips_if_booked",
        'trip_ids = ["12-2105",',
        'trip_ids = ["12-0505",',
        "duties[1].trip_ids",
        "a trip is driven by duties[0]",
    ),
    ("trips_if_booked", 'access = "stop_to_stop"', 'access = "door_to_door"', "access", "needs an area"),
    ("trips_if_booked", "use_feed_stops = true", "", "access", "needs stops"),
    ("line_with_deviation", 'needs = ["walking_frame",', 'needs = ["wheelchair",', "needs", "no vehicle has wheelchair_places"),
    ("line_with_deviation", 'start = "07:00"', "start = 07:00", "", "texts and times stand in quotes"),
    ("line_with_deviation", 'start = "07:00"', 'start = "07:00', "", "close the text with a quotation mark"),
]


# where the line told is not that of the replacement: what stands on the line told
ELSEWHERE = {
    "form": "form =",
    "access": "access =",
    "line.route_id": "[line]",
    "stops[0]": "[[stops]]",
    "vehicles[0]": "[[vehicles]]",
    "duties[1]": '[[duties]]\nid = "bus-1-saturday"',
    "promise.narrow_before_min": "narrow_before_min",
    "promise.narrow_to_min": "narrow_to_min",
    "hours[1]": '[[hours]]\ndays = ["fri-sat"]',
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake[2][:30]}: {mistake[4][:20]}")
def test_a_mistake_is_told_with_line_key_and_mend(examples: dict[str, str], mistake: tuple[str, str, str, str, str]) -> None:
    form, before, after, key, said = mistake
    assert before in examples[form]
    text = examples[form].replace(before, after, 1)
    found = [problem for problem in problems_of(text) if said in str(problem)]
    assert found, problems_of(text)
    told, _, told_key = found[0].where.partition(": ")
    assert told_key == key
    if key in ELSEWHERE:
        assert told == f"x.toml, line {line_of(text, ELSEWHERE[key])}"
    else:
        first = line_of(examples[form], before)
        assert told in {f"x.toml, line {line}" for line in range(first, first + after.count("\n") + 1)}


def test_all_problems_are_told_at_once_in_the_order_of_lines(examples: dict[str, str]) -> None:
    text = (
        examples["area"].replace('form = "area"', 'form = "aera"').replace("8.781", "nan").replace("min_notice_min", "notice_min")
    )
    problems = problems_of(text)
    lines = [int(problem.where.split("line ")[1].split(":")[0]) for problem in problems]
    assert len(problems) == 4  # the typo of a key is unknown there and missing
    assert lines == sorted(lines)


def test_endless_problems_are_counted(examples: dict[str, str]) -> None:
    text = examples["area"].replace('"Europe/Berlin"\n', '"Europe/Berlin"\n' + "".join(f"k{n} = 1\n" for n in range(150)))
    problems = problems_of(text)
    assert len(problems) == 101
    assert problems[-1].what == "and 50 more problems"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is missing"),
        ("x" * (MAX_SERVICE_BYTES + 1), "larger than 1000 kB"),
        ("a = " + "[" * 20_000, "nested too deeply"),
        ("a = " + "9" * 5000, "too many digits"),
        ("a = 0x" + "f" * 5000, "unknown key"),
        ("id = 0x" + "f" * 5000, "expected text, found a very long number"),
        ("hours = 1\nzones = {}\nride = []", "expected a list"),
        ("\udc80 = 1", "not valid TOML"),
        ("id = '\udc80'", "x.toml, line 1: id"),
        ("a = 1\n" + "a." * 400_000 + "a = 1", "x.toml, line 2: a key of more than fifty parts"),
        ("\nid = [1", "x.toml, line 2: not valid TOML: Unclosed array"),
    ],
)
def test_unusable_texts_are_refused(text: str, said: str) -> None:
    assert any(said in str(problem) for problem in problems_of(text)), problems_of(text)


def test_byte_order_mark_and_windows_line_ends_are_accepted(examples: dict[str, str], services: dict[str, Service]) -> None:
    text = "\ufeff" + examples["area"].replace("\n", "\r\n")
    assert read_service(text, "x.toml") == services["area"]
    broken = text.replace("max_days_ahead = 14", "max_days_ahead = 1.5")
    assert f"line {line_of(examples['area'], 'max_days_ahead')}:" in problems_of(broken)[0].where


def test_forbidden_and_wanted_sections_are_told(examples: dict[str, str]) -> None:
    line = '[line]\nroute_id = "1"\nmax_late_min = 5\n'
    told = problems_of(examples["volunteer_rides"] + line + '[[vehicles]]\nid = "a"\nname = "a"\nseats = 3\n')
    assert [problem.where.split(": ")[1] for problem in told] == ["line", "vehicles"]
    assert "needs the section [volunteers]" in str(problems_of(examples["area"].replace('"area"', '"volunteer_rides"')))


def test_a_night_duty_meets_the_next_morning(examples: dict[str, str]) -> None:
    late = examples["trips_if_booked"].replace('end = "25:30"\nbase', 'end = "29:30"\nbase')
    assert "duties[1]: overlaps duties[0]" in str(problems_of(late)[0])
    # the night from Saturday to Sunday is followed by no early duty
    read_service(late.replace('days = ["mon-sat"]\nstart = "20:45"', 'days = ["sat"]\nstart = "20:45"'), "x.toml")


def test_a_ring_may_be_closed_and_is_a_valid_polygon(examples: dict[str, str], services: dict[str, Service]) -> None:
    closed = examples["area"].replace("[8.70, 49.50]]", "[8.70, 49.50], [8.70, 49.35]]")
    assert read_service(closed, "x.toml").zones == services["area"].zones
    assert shapely.Polygon(services["area"].zones[0].ring).is_valid


def test_day_spans_wrap_around_the_week(examples: dict[str, str]) -> None:
    text = examples["volunteer_rides"].replace('["mon-sat"]', '["fri-mon", "wed", "holiday"]')
    days = read_service(text, "x.toml").hours[0].days
    assert days == {DayKind(word) for word in ("fri", "sat", "sun", "mon", "wed", "holiday")}


def test_unreadable_files_are_told_in_one_line(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'id = "a"\nname = "B\xfcrgerbus"\n')
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * 2000)
    cases = {
        latin: "latin.toml, line 2: not UTF-8",
        large: "larger than 1 kB",
        tmp_path: "cannot be read",
        tmp_path / "no": "cannot be read",
    }
    for file, said in {**cases, Path("a\0b"): "cannot be read"}.items():
        with pytest.raises(InvalidInputError, match=said):
            read_text_file(file, 1999)
