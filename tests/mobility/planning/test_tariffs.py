"""What a ride costs: the table of cases, each with its sentences, and what holds of every tariff."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.domain.riders import Fellow, Party
from mobility.domain.services import LegalBasis
from mobility.domain.tariffs import (
    Band,
    Concession,
    GroupPrice,
    PartKind,
    Pays,
    PricedWay,
    PricePart,
    Tariff,
    lowered,
    price_parts,
    total_cents,
)
from mobility.files.price_words import price_told
from mobility.files.tariff_schema import TariffKeys

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "tariff_cases.toml").read_text("utf-8"), parse_float=str)[
    "case"
]


def priced(case: dict[str, Any]) -> tuple[PricePart, ...]:
    tariff = TariffKeys.model_validate(case["tariff"]).noun(LegalBasis(case.get("basis", "pbefg_50")))
    said = dict(case.get("party", {}))
    fellows = tuple(Fellow(**one) for one in said.pop("fellows", []))
    zones = case.get("zones")
    way = PricedWay(case.get("metres", 4200), None if zones is None else (zones[0], zones[1]), case.get("shared", False))
    parts = price_parts(tariff, Party(**said, fellows=fellows), frozenset(case.get("groups", [])), way)
    return lowered(parts, case["most"]) if "most" in case else parts


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    parts = priced(case)
    assert price_told(parts, "de") == case["german"]
    assert total_cents(parts) == case["cents"]
    if "english" in case:
        assert price_told(parts, "en") == case["english"]


def test_the_table_is_long_enough_and_tells_every_part_in_both_languages() -> None:
    assert len(CASES) == len({case["name"] for case in CASES}) >= 40
    told = Counter(part.kind for case in CASES if "english" in case for part in priced(case))
    assert told.keys() == set(PartKind)


CENTS = st.integers(0, 2000)
PERCENT = st.integers(0, 100)
GROUPS = st.sampled_from(["child", "senior", "deutschlandticket"])
CONCESSIONS = st.builds(
    Concession, GROUPS, st.sampled_from(Pays), PERCENT, st.integers(0, 20), st.integers(20, 90), st.booleans()
)
TARIFFS = st.builds(
    Tariff,
    CENTS,
    st.integers(0, 50),
    st.none() | CENTS,
    st.frozensets(GROUPS, max_size=1),
    st.booleans(),
    st.lists(st.builds(Band, st.integers(1, 40_000), CENTS), max_size=3).map(
        lambda bands: tuple(sorted(bands, key=lambda b: b.up_to_m))
    ),
    surcharge_cents=st.integers(0, 300),
    concessions=st.lists(CONCESSIONS, max_size=2).map(tuple),
    severely_disabled_free=st.booleans(),
    fellow_percent=PERCENT,
    shared_percent=PERCENT,
    group=st.none() | st.builds(GroupPrice, st.integers(2, 6), CENTS),
)
PARTIES = st.builds(
    Party,
    st.integers(1, 6),
    st.integers(0, 1),
    st.just(0),
    st.just(0),
    st.lists(st.builds(Fellow, st.none() | st.integers(0, 99)), max_size=3).map(tuple),
)
WAYS = st.builds(PricedWay, st.integers(1, 60_000), st.none(), st.booleans())


@settings(max_examples=50, deadline=None)
@given(TARIFFS, PARTIES, st.frozensets(GROUPS), WAYS, CENTS)
def test_whatever_the_tariff(tariff: Tariff, party: Party, groups: frozenset[str], way: PricedWay, most: int) -> None:
    """Everybody is counted once; no price is negative; belonging to a group or sharing a ride never costs more; the ceiling is kept."""
    parts = price_parts(tariff, party, groups, way)
    persons = [part for part in parts if part.kind not in (PartKind.GROUP, PartKind.SHARED, PartKind.SURCHARGE)]
    assert sum(part.persons for part in persons) == party.persons
    plain = PricedWay(way.direct_m, way.zones)
    assert 0 <= total_cents(parts) <= total_cents(price_parts(tariff, party, frozenset(), plain))
    assert total_cents(parts) <= party.persons * (tariff.fare_cents(way) + tariff.surcharge_cents)
    assert total_cents(lowered(parts, most)) == min(most, total_cents(parts))
    assert lowered(lowered(parts, most), most) == lowered(parts, most)
