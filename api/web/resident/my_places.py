"""My places: where I live, and names for where I go."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.forms import FormDep
from api.web.language import language_of, translator
from api.web.place_fields import PlaceAnswer, read_place
from api.web.rendering import PageRoute, page
from api.web.resident.booking import RiderDep
from mobility.actions.context import Context
from mobility.actions.find_places import list_own_places
from mobility.actions.keep_favourites import LONGEST_NAME, delete_favourite, keep_favourite, keep_home, rename_favourite
from mobility.domain.accounts import Actor
from mobility.errors import ConflictError, InvalidInputError

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Done = Annotated[Literal["kept", "deleted", "renamed", ""], Query()]


@router.get("/my-places")
def places_page(request: Request, context: ContextDep, actor: RiderDep, done: Done = "") -> Response:
    """Home and favourites, to name and to delete."""
    return _page(request, context, actor, done=done)


@router.post("/my-places")
def keep(request: Request, context: ContextDep, form: FormDep, actor: RiderDep) -> Response:
    """Keep a place under a name, or as the home."""
    name, place, is_home = form.text("name"), read_place(context, actor, form, "place"), form.text("kind") == "home"
    if place.place is None:
        return _page(request, context, actor, 422, name=name, place=place, is_home=is_home)
    try:
        if is_home:
            keep_home(context, actor, place.place)
        else:
            keep_favourite(context, actor, name, place.place)
    except (InvalidInputError, ConflictError) as error:
        return _page(request, context, actor, 422, name=name, place=place, is_home=is_home, wrong=type(error).__name__)
    return RedirectResponse("/my-places?done=kept", 303)


@router.post("/my-places/own-home/delete")
def forget_home(context: ContextDep, actor: RiderDep) -> Response:
    """Forget where the rider lives."""
    keep_home(context, actor, None)
    return RedirectResponse("/my-places?done=deleted", 303)


@router.post("/my-places/{favourite_id}/name")
def rename(request: Request, context: ContextDep, favourite_id: PathIdentifier, form: FormDep, actor: RiderDep) -> Response:
    """Another name."""
    try:
        rename_favourite(context, actor, favourite_id, form.text("name"))
    except InvalidInputError:
        return _page(request, context, actor, 422, renaming=favourite_id)
    return RedirectResponse("/my-places?done=renamed", 303)


@router.post("/my-places/{favourite_id}/delete")
def delete(context: ContextDep, favourite_id: PathIdentifier, actor: RiderDep) -> Response:
    """Forget a favourite."""
    delete_favourite(context, actor, favourite_id)
    return RedirectResponse("/my-places?done=deleted", 303)


def _page(request: Request, context: Context, actor: Actor, status: int = 200, **more: object) -> Response:
    _ = translator(language_of(request))
    values: dict[str, object] = {
        "name": "",
        "place": PlaceAnswer(),
        "is_home": False,
        "wrong": "",
        "done": "",
        "renaming": "",
    } | more
    place = values["place"]
    errors = {}
    if values["renaming"]:
        errors["renaming"] = _("Bitte geben Sie dem Ort einen kurzen Namen.")
    elif status == 422 and isinstance(place, PlaceAnswer) and place.place is None:
        errors["place"] = (
            _("Das kann mehrere Orte meinen. Bitte wählen Sie einen aus.")
            if place.choices
            else _("Diesen Ort kennen wir nicht. Bitte schreiben Sie Straße, Hausnummer und Ort.")
        )
    if values["wrong"] == "ConflictError":
        errors["name"] = _("Es sind schon dreißig Orte. Bitte löschen Sie erst einen.")
    elif values["wrong"]:
        errors["name"] = _("Bitte geben Sie dem Ort einen kurzen Namen.")
    own = list_own_places(context, actor)
    return page(request, "resident/places.html", status, own=own, errors=errors, longest=LONGEST_NAME, **values)
