"""People files: what they become, and what is said about the wrong ones."""

from __future__ import annotations

from datetime import date

import pytest

from mobility.domain.accounts import Role
from mobility.domain.fleet import Acceptance, Employment, ReachedBy
from mobility.domain.places import Place
from mobility.domain.riders import Channel, Need
from mobility.domain.services import DayKind
from mobility.errors import InvalidInputError, Problem
from mobility.files.people_file import People, read_people


@pytest.fixture(scope="session")
def people(people_text: str, environment: dict[str, str]) -> People:
    return read_people(people_text, "people.toml", "county", environment)


def problems_of(text: str, environment: dict[str, str]) -> tuple[Problem, ...]:
    with pytest.raises(InvalidInputError) as caught:
        read_people(text, "x.toml", "county", environment)
    return caught.value.problems


def test_riders_and_drivers(people: People) -> None:
    rider = people.riders[0]
    assert (rider.agency_id, rider.telephone, rider.channel) == ("county", "+493023125101", Channel.CALL_BACK)
    assert (rider.needs, rider.groups, rider.max_walk_m) == (frozenset({Need.WALKING_FRAME}), frozenset({"senior"}), 250)
    anna, bernd = people.drivers
    assert (anna.employment, anna.acceptance, anna.reached_by) == (
        Employment.VOLUNTEER,
        Acceptance.ASK_FIRST,
        ReachedBy.TELEPHONE,
    )
    assert anna.max_metres_per_day == 120_000
    assert anna.home == Place(8.79, 49.43, "Lindenweg 1, Neustadt")
    assert anna.vehicle is not None
    assert (anna.vehicle.seats, anna.vehicle.equipment) == (3, frozenset({Need.WALKING_FRAME}))
    assert (bernd.provider_id, bernd.vehicle, bernd.acceptance) == ("buergerbus-oberland", None, Acceptance.ROSTERED)


def test_shifts_are_kept_as_rules(people: People) -> None:
    weekly, once = people.shifts
    assert weekly.days == {DayKind.MONDAY, DayKind.TUESDAY, DayKind.WEDNESDAY, DayKind.FRIDAY}
    assert (weekly.day, weekly.start_s, weekly.end_s) == (None, 32_400, 57_600)
    assert (once.days, once.day, once.service_id) == (frozenset(), date(2026, 6, 1), "rufbus-oberland")
    assert once.where.startswith("people.toml, line ")


def test_passwords_are_taken_from_the_environment_and_never_shown(people: People) -> None:
    desk, anna, erna = people.accounts
    assert (desk.role, desk.password, anna.password) == (Role.DISPATCHER, "a long password", "change this at once")
    assert (anna.driver_id, erna.rider_id) == ("d-anna", "r-001")
    assert "password" not in repr(people)


def test_a_file_of_shifts_alone_relies_on_drivers_loaded_earlier(people_text: str) -> None:
    shifts = people_text[people_text.index("[[shifts]]") : people_text.index("[[accounts]]")]
    assert len(read_people(shifts, "x.toml").shifts) == 2
    assert read_people("", "x.toml") == People((), (), (), ())


MISTAKES = [
    ('"030 23125 101"', '"12"', "riders[0].telephone", "not a telephone number|not a possible"),
    ('"erna@example.org"', '"erna at home"', "riders[0].email", "not an e-mail address"),
    ('email = "erna@example.org"', 'channel = "email"', "", "only once|once only"),
    ('language = "de"', 'language = "fr"', "riders[0].language", "not one of the allowed words"),
    ('channel = "call_back"', 'channel = "callback"', "riders[0].channel", "did you mean call_back"),
    ("max_walk_m = 250", "max_walk_m = 99999", "riders[0].max_walk_m", "at most 5000"),
    ('id = "d-bernd"', 'id = "d-anna"', "drivers[1].id", "already that of drivers.0."),
    ("max_km_per_day = 120", "max_km_per_day = 120.5", "drivers[0].max_km_per_day", "a whole number"),
    ('driver = "d-bernd"', 'driver = "d-brend"', "shifts[1].driver", "no driver of this id"),
    ("date = 2026-06-01", "date = 1026-06-01", "shifts[1].date", "between 2000 and 2100"),
    ('end = "16:00"', 'end = "08:00"', "shifts[0].end", "not after start"),
    ('role = "dispatcher"', 'role = "dispacher"', "accounts[0].role", "did you mean dispatcher"),
    ('"change this at once"', '"short"', "accounts[1].password", "at least 10 characters"),
    ('"change this at once"', "1234567890", "accounts[1].password", "expected text"),
    ('"ERNA_PASSWORD"', '"ERNA_PASWORD"', "accounts[2].password_env", "no such variable"),
    ('"ERNA_PASSWORD"', '"ERNA PASSWORD"', "accounts[2].password_env", "not the name of"),
    ('"ERNA_PASSWORD"', '"SHORT"', "accounts[2].password_env", "too short"),
    ('name = "erna"', 'name = "Anna"', "accounts[2].name", "another account has this name"),
    ('rider = "r-001"', 'rider = "r-002"', "accounts[2].rider", "no rider of this id"),
]


@pytest.mark.parametrize(("before", "after", "key", "said"), MISTAKES)
def test_a_mistake_is_told_by_line_and_key(
    people_text: str, environment: dict[str, str], before: str, after: str, key: str, said: str
) -> None:
    assert before in people_text
    problems = problems_of(people_text.replace(before, after, 1), {**environment, "SHORT": "tiny"})
    line = people_text.count("\n", 0, people_text.index(before)) + 1
    if key:
        assert problems[0].where == f"x.toml, line {line}: {key}"
    assert any(part in str(problems[0]) for part in said.replace(".0.", "[0]").split("|"))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('telephone = "030 23125 101"\n', "", 'channel = "call_back" needs a telephone number'),
        ('email = "erna@example.org"\nlanguage = "de"\nchannel = "call_back"', 'channel = "email"', "needs an e-mail address"),
        ('home = { name = "Lindenweg 1, Neustadt", lon = 8.790, lat = 49.430 }\n', "", "home is missing"),
        ("date = 2026-06-01\n", "", "needs either date or days"),
        ("date = 2026-06-01\n", 'date = 2026-06-01\ndays = ["mon"]\n', "needs either date or days"),
        ('password_env = "DESK_PASSWORD"\n', "", "needs either password or password_env"),
        ('driver = "d-anna"\npassword', "password", 'role = "driver" needs the key driver'),
        ('role = "dispatcher"', 'role = "dispatcher"\nrider = "r-001"', "rider is not used with role"),
    ],
)
def test_keys_that_need_each_other(people_text: str, environment: dict[str, str], before: str, after: str, said: str) -> None:
    assert before in people_text
    assert said in str(problems_of(people_text.replace(before, after, 1), environment)[0])


def test_overlapping_shifts_of_one_driver_are_told(people_text: str, environment: dict[str, str]) -> None:
    def shift(days: str, start: str, end: str) -> str:
        return f'[[shifts]]\ndriver = "d-anna"\nservice = "s"\n{days}\nstart = "{start}"\nend = "{end}"\n'

    told = problems_of(
        people_text + shift('days = ["fri"]', "15:59", "17:00") + shift('days = ["fri"]', "10:00", "11:00"), environment
    )
    assert [problem.where.split(": ")[1] for problem in told] == ["shifts[2]", "shifts[3]"]
    assert all("overlaps shifts[0]" in problem.what for problem in told)
    fine = people_text + shift('days = ["fri"]', "16:00", "17:00") + shift('days = ["thu"]', "10:00", "11:00")
    assert len(read_people(fine, "x.toml", "", environment).shifts) == 4
