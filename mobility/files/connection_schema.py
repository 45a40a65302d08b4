"""The section ``[connection]`` of a service file: how rides meet trains and buses, and what is done when one is missed."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from mobility.domain.services import ConnectionRules, Fallback, Yielding
from mobility.files.explanations import FieldError
from mobility.files.field_types import FilePart, Telephone

_ENDS = (Fallback.TAXI, Fallback.DESK)


def _ends_well(ways: list[Fallback]) -> list[Fallback]:
    """Nobody is left standing: the last way always works, and none comes after one that does."""
    if len(set(ways)) < len(ways):
        raise FieldError("names a way twice", "name each once, in the order in which they are tried")
    if not ways or ways[-1] not in _ENDS or any(way in _ENDS for way in ways[:-1]):
        raise FieldError('does not end with "desk" or "taxi"', "these always work: write one of them, as the last")
    return ways


def _of_the_last_train(ways: list[Fallback]) -> list[Fallback]:
    if Fallback.LATER_TRAIN in ways:
        raise FieldError("there is no later train after the last one", 'remove "later_train"')
    return ways


_Ways = Annotated[list[Annotated[Fallback, Field(strict=False)]], AfterValidator(_ends_well)]


class ConnectionKeys(FilePart):
    change_min: int = Field(default=5, ge=0, le=60)
    hold_max_min: int = Field(default=30, ge=0, le=120)
    yields: Annotated[Yielding, Field(strict=False)] = Yielding.RIDER
    fallback: _Ways = Field(default_factory=lambda: list(ConnectionRules().fallback))
    later_within_min: int = Field(default=180, ge=0, le=480)
    last_train: Annotated[_Ways, AfterValidator(_of_the_last_train)] = Field(
        default_factory=lambda: list(ConnectionRules().last_train)
    )
    taxi_telephone: Telephone | None = None

    @model_validator(mode="after")
    def _taxi_can_be_called(self) -> Self:
        if Fallback.TAXI in (*self.fallback, *self.last_train) and self.taxi_telephone is None:
            raise FieldError("a taxi needs a number to ring", "add the key taxi_telephone")
        return self

    def noun(self) -> ConnectionRules:
        return ConnectionRules(
            change_s=self.change_min * 60,
            hold_max_s=self.hold_max_min * 60,
            yields=self.yields,
            fallback=tuple(self.fallback),
            later_within_s=self.later_within_min * 60,
            last_train=tuple(self.last_train),
            taxi_telephone=self.taxi_telephone or "",
        )
