"""The section ``[parallel]`` of a service file: when an ordinary line already does it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from mobility.domain.services import ParallelRule
from mobility.files.explanations import FieldError
from mobility.files.field_types import Clock, FilePart, Groups, Needs, NeedWord

_DAY_S = 86_400


class NightKeys(FilePart):
    start: Clock
    end: Clock

    @model_validator(mode="after")
    def _on_the_clock(self) -> Self:
        if max(self.start, self.end) > _DAY_S or self.start == self.end:
            raise FieldError("not a night", 'write two times of the clock, such as { start = "20:00", end = "06:00" }')
        return self


class ParallelKeys(FilePart):
    before_min: int = Field(ge=0, le=480)
    after_min: int = Field(ge=0, le=480)
    max_walk_m: int = Field(ge=0, le=5000)
    max_walk_by_need_m: dict[NeedWord, Annotated[int, Field(ge=0, le=5000)]] = Field(default_factory=dict)
    max_changes: int = Field(default=0, ge=0, le=4)
    max_journey_min: int = Field(default=180, ge=5, le=480)
    lead_within_min: int = Field(default=0, ge=0, le=240)
    min_ride_m: int = Field(default=0, ge=0, le=50_000)
    exempt_needs: Needs = Field(default_factory=list)
    exempt_groups: Groups = Field(default_factory=list)
    exempt_at_night: NightKeys | None = None

    def noun(self) -> ParallelRule:
        return ParallelRule(
            before_s=self.before_min * 60,
            after_s=self.after_min * 60,
            max_walk_m=self.max_walk_m,
            min_ride_m=self.min_ride_m,
            exempt_needs=frozenset(self.exempt_needs),
            exempt_groups=frozenset(self.exempt_groups),
            night_from_s=None if self.exempt_at_night is None else self.exempt_at_night.start,
            night_until_s=None if self.exempt_at_night is None else self.exempt_at_night.end,
            walk_by_need_m=tuple(sorted(self.max_walk_by_need_m.items())),
            max_changes=self.max_changes,
            max_journey_s=self.max_journey_min * 60,
            lead_s=self.lead_within_min * 60,
        )
