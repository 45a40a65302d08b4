"""What somebody types into a form is read, or refused with the field's name."""

from __future__ import annotations

from datetime import date

import pytest
from starlette.datastructures import FormData

from api.web.forms import Form
from mobility.errors import InvalidInputError


def test_a_day_is_read() -> None:
    assert Form(FormData({"day": " 2026-06-08 "})).day("day") == date(2026, 6, 8)


@pytest.mark.parametrize("typed", ["", "heute", "9999-12-31", "0001-01-01", "2026-02-30", "1999-12-31"])
def test_what_is_no_day_or_centuries_away_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        Form(FormData({"day": typed})).day("day")
    assert [problem.where for problem in refused.value.problems] == ["day"]
