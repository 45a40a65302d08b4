"""Swap two rides between two runs by hand, in one step: neither run has to hold both."""

from __future__ import annotations

from dataclasses import dataclass

from mobility.actions.by_hand import Hand, Preview, Wanted, do_by_hand, preview_by_hand
from mobility.actions.context import Context
from mobility.domain.accounts import Actor
from mobility.domain.hand_actions import HandAction, HandKind
from mobility.domain.runs import Run
from mobility.errors import InvalidInputError, Problem
from mobility.planning import by_hand
from mobility.planning.by_hand import Proposal, Scene


@dataclass(frozen=True, slots=True)
class Swap:
    """Two rides and the runs they are on."""

    leg_id: str
    run_id: str
    other_leg_id: str
    other_run_id: str

    def __post_init__(self) -> None:
        if self.run_id == self.other_run_id:
            raise InvalidInputError(Problem("other", "is on the same run", "move it to another place in the order instead"))

    def _proposed(self, scene: Scene, runs: dict[str, Run]) -> Proposal:
        return by_hand.swap(runs[self.run_id], self.leg_id, runs[self.other_run_id], self.other_leg_id, scene)

    @property
    def wanted(self) -> Wanted:
        """As a change by hand."""
        runs, legs = frozenset({self.run_id, self.other_run_id}), frozenset({self.leg_id, self.other_leg_id})
        return Wanted(HandKind.SWAP, runs, legs, self._proposed)


def preview_swap(context: Context, actor: Actor, swap: Swap) -> Preview:
    """What the swap would change; see :func:`mobility.actions.by_hand.preview_by_hand`."""
    return preview_by_hand(context, actor, swap.wanted)


def swap_rides(context: Context, actor: Actor, swap: Swap, hand: Hand) -> HandAction:
    """Swap them; see :func:`mobility.actions.by_hand.do_by_hand`."""
    return do_by_hand(context, actor, swap.wanted, hand)
