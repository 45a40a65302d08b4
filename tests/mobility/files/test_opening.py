"""Opening days against dates known from the laws of the Länder."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mobility.domain.services import DayKind, Service
from mobility.errors import InvalidInputError
from mobility.files.opening import day_kind, duties_on, hours_on, is_holiday, kind_in_land


@pytest.mark.parametrize(
    ("day", "lands", "not_lands"),
    [
        (date(2026, 1, 6), "BW BY ST", "BE HE NW"),  # Epiphany
        (date(2026, 3, 8), "BE MV", "BW BY"),  # Women's Day
        (date(2026, 4, 6), "BW BE SH", ""),  # Easter Monday
        (date(2026, 6, 4), "BW BY HE NW RP SL", "BE BB SH"),  # Corpus Christi
        (date(2026, 10, 31), "BB HB HH MV NI SN ST SH TH", "BW BY BE"),  # Reformation Day
        (date(2026, 11, 1), "BW BY NW RP SL", "BE HE"),  # All Saints, a Sunday
        (date(2026, 11, 18), "SN", "BW BY"),  # Day of Repentance
        (date(2027, 12, 26), "BW BE", ""),
        (date(2026, 12, 24), "", "BW BE SN"),  # no public holiday anywhere
    ],
)
def test_holidays_of_the_laender(day: date, lands: str, not_lands: str) -> None:
    assert all(kind_in_land(land, day) is DayKind.HOLIDAY for land in lands.split())
    assert not any(is_holiday(land, day) for land in not_lands.split())


def test_an_ordinary_week(services: dict[str, Service]) -> None:
    monday = date(2026, 6, 8)
    kinds = [day_kind(services["area"], monday + timedelta(days=offset)) for offset in range(7)]
    assert kinds == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def test_a_holiday_is_only_a_holiday(services: dict[str, Service]) -> None:
    area, friday, may_day = services["area"], date(2026, 5, 8), date(2026, 5, 1)
    assert (friday - may_day).days == 7
    assert hours_on(area, friday) == (area.hours[0],)
    assert duties_on(area, friday) == (area.duties[0],)
    assert hours_on(area, may_day) == ()
    holiday = replace(area.hours[1], days=frozenset({DayKind.HOLIDAY}))
    assert hours_on(replace(area, hours=(*area.hours, holiday)), may_day) == (holiday,)


def test_closed_dates_and_the_order_of_hours(services: dict[str, Service]) -> None:
    area, christmas_eve = services["area"], date(2026, 12, 24)
    assert (day_kind(area, christmas_eve), hours_on(area, christmas_eve), duties_on(area, christmas_eve)) == (None, (), ())
    early = replace(area.hours[0], start_s=0, end_s=3600)
    assert hours_on(replace(area, hours=(*area.hours, early)), date(2026, 6, 8)) == (early, area.hours[0])


def test_an_unknown_land_is_told() -> None:
    with pytest.raises(InvalidInputError, match="German Land"):
        kind_in_land("XX", date(2026, 6, 8))


def test_far_years_do_not_break(services: dict[str, Service]) -> None:
    for day in (date.min, date(1950, 1, 1), date.max):
        assert day_kind(services["area"], day) is not None
