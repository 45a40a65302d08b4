"""Which forms may be larger than all others, and by how much."""

from __future__ import annotations

from collections.abc import Mapping

from api.limits import Larger
from mobility.settings import Settings

MB = 1_000_000
FEEDS = "/agency/feeds"
SERVICE_CHECK, SERVICES = "/admin/services/check", "/admin/services"
PEOPLE = "/admin/people"
SIMULATIONS = "/planner/simulations"
WISHES_MB = 5
_BESIDE = 10_000
"""The rest of the form."""


def larger_bodies(settings: Settings) -> Mapping[str, Larger]:
    """By path. A service's text is sent with everything but letters and figures as three."""
    return {
        FEEDS: Larger(settings.feed_megabytes * MB + _BESIDE, FEEDS),
        SERVICE_CHECK: Larger(3 * MB + _BESIDE, SERVICES),
        SERVICES: Larger(3 * MB + _BESIDE, SERVICES),
        PEOPLE: Larger(10 * MB + _BESIDE, PEOPLE),
        SIMULATIONS: Larger(WISHES_MB * MB + _BESIDE, SIMULATIONS),
    }
