"""Some planted bugs, each found within a few simulated days; ``python -m tests.integrity.soak --bugs`` plants them all."""

from __future__ import annotations

import pytest

from tests.county import CountyFiles
from tests.integrity.planted_bugs import bugs, hunt, planted
from tests.integrity.test_invariants import DOC

QUICK = {
    "a cancelled ride keeps its place": "leg_state",
    "vehicles are planned twice as fast": "driving",
    "breaks are not planned": "duty",
    "half a transaction stays after a crash": "",
}


@pytest.mark.parametrize("what", QUICK)
def test_a_planted_bug_is_found(county_files: CountyFiles, what: str) -> None:
    found = hunt(bugs()[what], county_files, days=8)
    assert found.day is not None
    assert QUICK[what] in {"", found.by}


def test_every_bug_can_be_planted_and_stands_in_the_docs() -> None:
    listed = DOC.read_text("utf-8").partition("## Planted")[2]
    for what, patches in bugs().items():
        with planted(patches):
            assert f"| {what} |" in listed
