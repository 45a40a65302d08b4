"""Files changed at random are read, or refused with the right line: never another error, never a value of a person."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobility.errors import InvalidInputError, Problem
from mobility.files.people_file import read_people
from mobility.files.plain_language import describe
from mobility.files.service_file import read_service
from mobility.files.toml_lines import key_lines

FORMS = ["area", "volunteer_rides", "line_with_deviation", "trips_if_booked"]
ENVIRONMENT = {"DESK_PASSWORD": "a long password", "ERNA_PASSWORD": "another password"}
WRONG = [
    "nan",
    "-inf",
    "true",
    '""',
    '"\\u0000"',
    "[]",
    "{}",
    "[[[]]]",
    "9" * 40,
    "-1",
    "1e400",
    "9999-12-31",
    "07:30:00",
    "{ x = 1 }",
    "[nan]",
]
RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_LINE = re.compile(r"^x\.toml, line (\d+)(: |$)")


def lines_told(read: Callable[[], object]) -> set[int] | None:
    """The lines of all problems; None when the file is fine. Any other exception fails the test."""
    problems = problems_of(read)
    found = [_LINE.match(problem.where) for problem in problems]
    assert all(problem.what and "\n" not in str(problem) for problem in problems)
    assert all(found), problems
    return {int(match[1]) for match in found if match} or None


def problems_of(read: Callable[[], object]) -> tuple[Problem, ...]:
    try:
        read()
    except InvalidInputError as error:
        return error.problems
    return ()


def read_all(text: str) -> None:
    service = read_service(text, "x.toml")
    describe(service, "de")
    describe(service, "en")


def assignments(text: str) -> list[int]:
    """Numbers (from 0) of lines that are ``key = value``."""
    return [number for number, line in enumerate(text.split("\n")) if re.match(r"\w+ = ", line)]


@RELAXED
@given(st.sampled_from(FORMS), st.data())
def test_a_deleted_key_is_told_at_its_table(examples: dict[str, str], form: str, data: st.DataObject) -> None:
    lines = examples[form].split("\n")
    number = data.draw(st.sampled_from(assignments(examples[form])))
    headers = [index for index, line in enumerate(lines[:number]) if line.startswith("[")]
    del lines[number]
    told = lines_told(lambda: read_all("\n".join(lines)))
    if told is not None and "access" not in "".join(lines[:4]):
        assert 1 in told
    elif told is not None and headers:  # what it left unfit may be told elsewhere too
        assert told <= set(range(1, len(lines) + 1))


@RELAXED
@given(st.sampled_from(FORMS), st.data())
def test_a_misspelled_key_is_told_on_its_line(examples: dict[str, str], form: str, data: st.DataObject) -> None:
    lines = examples[form].split("\n")
    number = data.draw(st.sampled_from(assignments(examples[form])))
    key, rest = lines[number].split(" = ", 1)
    position = data.draw(st.integers(0, len(key)))
    lines[number] = f"{key[:position]}{data.draw(st.sampled_from('qxz'))}{key[position:]} = {rest}"
    told = lines_told(lambda: read_all("\n".join(lines)))
    assert told is not None
    assert number + 1 in told


@RELAXED
@given(st.sampled_from(FORMS), st.sampled_from(WRONG), st.data())
def test_a_wrong_value_is_told_on_its_line(examples: dict[str, str], form: str, value: str, data: st.DataObject) -> None:
    lines = examples[form].split("\n")
    number = data.draw(st.sampled_from(assignments(examples[form])))
    key = lines[number].split(" = ")[0]
    lines[number] = f"{key} = {value}"
    told = lines_told(lambda: read_all("\n".join(lines)))
    empty_list_is_fine = value == "[]" and key in {
        *("needs", "eligible_groups", "closed_on", "free_groups", "exempt_needs", "exempt_groups"),
        *("equipment", "breaks", "trip_ids", "only_trip_ids", "driver_credentials"),
    }
    empty_table_is_fine = value == "{}" and key in {"boarding_extra_s", "max_walk_by_need_m"}
    time_is_fine = key in {"start", "end"} and value == "07:30:00"
    true_is_fine = key == "use_feed_stops" and value == "true"
    if not (empty_list_is_fine or empty_table_is_fine or time_is_fine or true_is_fine):
        assert told is not None
        assert number + 1 in told


@RELAXED
@given(
    st.sampled_from(FORMS), st.lists(st.tuples(st.integers(0), st.integers(0, 30), st.text(max_size=12)), min_size=1, max_size=4)
)
def test_scrambled_text_never_breaks_the_reader(examples: dict[str, str], form: str, cuts: list[tuple[int, int, str]]) -> None:
    text = examples[form]
    for position, length, inserted in cuts:
        start = position % len(text)
        text = text[:start] + inserted + text[start + length :]
    lines_told(lambda: read_all(text))


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters() | st.sampled_from("[]{}=\"'\n.,#ab1"), max_size=60))
def test_any_text_is_refused_by_line(text: str) -> None:
    assert lines_told(lambda: read_service(text, "x.toml"))
    try:
        data = tomllib.loads(text.replace("\r\n", "\n"))
    except ValueError:
        return
    lines = key_lines(text.replace("\r\n", "\n"))
    assert {path[0] for path in lines if path} == set(data)


@RELAXED
@given(st.sampled_from(WRONG), st.data())
def test_a_people_file_never_repeats_what_it_says(people_text: str, value: str, data: st.DataObject) -> None:
    lines = people_text.split("\n")
    number = data.draw(st.sampled_from(assignments(people_text)))
    key, rest = lines[number].split(" = ", 1)
    change = data.draw(st.sampled_from(["key", "value", "twice", "cut", "secret key", "secret value"]))
    lines[number] = {
        "key": f"{key}x = {rest}",
        "value": f"{key} = {value}",
        "twice": f"{key} = {rest}\n{key} = {rest}",
        "cut": f"{key} = {rest[:-1]}",
        "secret key": f'"Secretia Person" = 1\n{key} = {rest}',
        "secret value": f'{key} = "Secretia Person"',
    }[change]
    text = "\n".join(lines)
    told = repr(problems_of(lambda: read_people(text, "x.toml", "county", ENVIRONMENT)))
    for personal in (
        "Erna",
        "Anna",
        "Bernd",
        "Muster",
        "Beispiel",
        "23125 10",
        "Dorfstr",
        "Linden",
        "change this",
        "Secretia",
        "8.781",
    ):
        assert personal not in told


def test_a_wrong_value_of_a_person_is_told_on_its_line(people_text: str) -> None:
    for number in assignments(people_text):
        lines = people_text.split("\n")
        lines[number] = lines[number].split(" = ")[0] + " = nan"
        told = lines_told(lambda lines=lines: read_people("\n".join(lines), "x.toml", "", ENVIRONMENT))  # type: ignore[misc]
        assert told is not None
        assert number + 1 in told


@pytest.mark.parametrize("form", FORMS)
def test_the_untouched_examples_are_fine(examples: dict[str, str], form: str) -> None:
    assert lines_told(lambda: read_all(examples[form])) is None
