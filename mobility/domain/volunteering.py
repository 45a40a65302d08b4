"""What volunteers have driven for what they offered, so that nobody is asked much more than the others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mobility.domain.services import Fairness

_MOST = 300
_STEP = 10


@dataclass(frozen=True, slots=True)
class Share:
    """Of one volunteer in one service over a span of days: rides, metres and seconds driven (or agreed to), seconds of hours offered."""

    driver_id: str
    service_id: str
    rides: int
    metres: int
    seconds: int
    offered_s: int

    def driven(self, by: Fairness) -> int:
        """What counts: rides, metres or seconds; nothing when nobody reckons."""
        return {Fairness.OFF: 0, Fairness.RIDES: self.rides, Fairness.KM: self.metres, Fairness.HOURS: self.seconds}[by]


def burdens(shares: Collection[Share], by: Fairness) -> dict[str, int]:
    """By how many per cent of their mean each has driven more than who has driven least, each for what he offered: 0 to 300, in tens.

    Who has offered no hours has no share. The mean is that of all together, so that one who offers an hour a month counts little.
    """
    offered = [share for share in shares if share.offered_s > 0]
    driven = sum(share.driven(by) for share in offered)
    if not driven:
        return {share.driver_id: 0 for share in offered}
    mean = driven / sum(share.offered_s for share in offered)
    ratios = {share.driver_id: share.driven(by) / share.offered_s / mean for share in offered}
    least = min(ratios.values())
    return {driver_id: min(_MOST, round(100 * (ratio - least) / _STEP) * _STEP) for driver_id, ratio in ratios.items()}
