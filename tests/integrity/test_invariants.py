"""The doc and the code name the same invariants in the same words."""

from __future__ import annotations

import re
from pathlib import Path

from mobility.integrity.inspecting import INVARIANTS

DOC = Path(__file__).resolve().parents[2] / "docs" / "invariants.md"


def test_docs_and_code_have_the_same_invariants_in_the_same_words() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", DOC.read_text("utf-8").split("## Planted")[0], re.MULTILINE)
    assert dict(rows) == INVARIANTS
    assert len(rows) == len(INVARIANTS)
