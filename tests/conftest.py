"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real OSM extracts and feeds beside the checkout (``MOBILITY_TEST_DATA`` names another place); skips without them."""
    folder = Path(os.environ.get("MOBILITY_TEST_DATA", CHECKOUT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("real test data not present; set MOBILITY_TEST_DATA to its folder")
    return folder
