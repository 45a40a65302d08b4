"""Place fields of a form (``templates/pieces/place.html``), read and understood."""

from __future__ import annotations

from dataclasses import dataclass

from api.web.forms import Form
from mobility.actions.context import Context
from mobility.actions.find_places import understand_place
from mobility.domain.accounts import Actor
from mobility.domain.places import Place
from mobility.planning.place_search import FoundPlace


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """What stands in a place field, and what it means: ``place``, or None with ``choices`` to ask about (none: unknown)."""

    text: str = ""
    chosen: str = ""
    place: Place | None = None
    choices: tuple[FoundPlace, ...] = ()


def read_place(context: Context, actor: Actor, form: Form, name: str, rider_id: str | None = None) -> PlaceAnswer:
    """The field ``name`` of a form.

    Raises:
        InvalidInputError: longer than a place's name can be.
        NotFoundError: no such rider for this actor.
        UnavailableError: no streets imported yet.
    """
    return understood_place(context, actor, form.text(name), form.text(f"{name}_id"), rider_id)


def understood_place(context: Context, actor: Actor, text: str, chosen: str, rider_id: str | None = None) -> PlaceAnswer:
    """What a text and the id chosen with it mean.

    Raises:
        NotFoundError: no such rider for this actor.
        UnavailableError: no streets imported yet.
    """
    understood = understand_place(context, actor, text, chosen, rider_id)
    return PlaceAnswer(text, chosen, understood.place, understood.choices)
