"""The admin's pages about people: riders, drivers, shifts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier, QueryDay
from api.web.admin import AdminDep
from api.web.asked import LONGEST, Asked, revealed, search_page
from api.web.forms import Form, FormDep, day_of
from api.web.language import Language, language_of, telephone, translator
from api.web.planner import today
from api.web.rendering import PageRoute, page
from mobility.actions.context import Context
from mobility.actions.manage_people import (
    NEW,
    add_shift,
    end_shift,
    list_drivers,
    list_shifts,
    read_rider,
    save_driver,
    save_rider,
    search_drivers,
    search_riders,
)
from mobility.actions.read_services import list_services
from mobility.domain.accounts import Actor
from mobility.domain.fleet import Acceptance, CredentialKind, Driver, Employment, ReachedBy, Shift
from mobility.domain.riders import Channel, Need, Rider
from mobility.domain.service_days import parse_time
from mobility.errors import ConflictError, InvalidInputError, NotFoundError, Problem

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_RIDER = ("name", "telephone", "email", "language", "channel", "max_walk_m")
_DRIVER = ("name", "telephone", "provider", "employment", "acceptance", "reached_by", "max_km_per_day")
_MOST_PAGES = 10_000
RIDERS, DRIVERS = "/admin/riders", "/admin/drivers"


def field_words(language: Language) -> dict[str, str]:
    """What is wrong at a field, in a sentence."""
    _ = translator(language)
    return {
        "name": _("Bitte geben Sie einen Namen an."),
        "telephone": _("Diese Telefonnummer ist nicht zu gebrauchen. Schreiben Sie sie mit Vorwahl, zum Beispiel 06221 234567."),
        "email": _("Das ist keine E-Mail-Adresse."),
        "max_walk_m": _("Geben Sie Meter zwischen 0 und 5000 an."),
        "max_km_per_day": _("Geben Sie Kilometer zwischen 1 und 1000 an."),
        "provider": _("Dieser Träger hat hier keinen Dienst."),
        "": _("Für diesen Weg der Nachricht fehlt die Telefonnummer oder die E-Mail-Adresse."),
        "driver": _("Bitte wählen Sie jemanden aus der Liste, dessen Nachweise dann noch gelten."),
        "credentials": _("Bitte geben Sie Tage an, wie 31.12.2030."),
        "service": _("Bitte wählen Sie einen Dienst aus der Liste."),
        "day": _("Diesen Tag gibt es nicht."),
        "start": _("Der Beginn passt nicht: Er ist keine Uhrzeit, oder es gibt schon eine Schicht zu dieser Zeit."),
        "end": _("Das Ende muss eine Uhrzeit nach dem Beginn sein."),
    }


def wrong_fields(error: InvalidInputError, language: Language) -> dict[str, str]:
    """Sentences by field; one for what has no field of its own."""
    words, _ = field_words(language), translator(language)
    other = _("Diese Angabe ist nicht zu gebrauchen.")
    return {problem.where: words.get(problem.where, other) for problem in error.problems}


@router.get(RIDERS)
def riders_page(
    request: Request,
    context: ContextDep,
    actor: AdminDep,
    asked: Asked = "",
    number: Annotated[int, Query(ge=0, le=_MOST_PAGES)] = 0,
) -> Response:
    """Riders by name, searched by name or number."""
    text = revealed(context, asked)
    riders, more = search_riders(context, actor, text, number)
    return page(request, "admin/riders.html", riders=riders, more=more, q=text, asked=asked, number=number)


@router.post(RIDERS)
def find_riders(context: ContextDep, _: AdminDep, form: FormDep) -> Response:
    """Search for a name or number."""
    return search_page(context, RIDERS, form.text("q", LONGEST))


@router.get("/admin/riders/{rider_id}")
def rider_page(request: Request, context: ContextDep, actor: AdminDep, rider_id: PathIdentifier) -> Response:
    """One rider's form; ``new`` is an empty one."""
    rider = None if rider_id == NEW else read_rider(context, actor, rider_id)
    return _rider(request, rider_id, _rider_values(rider))


@router.post("/admin/riders/{rider_id}")
def rider_form(request: Request, context: ContextDep, actor: AdminDep, rider_id: PathIdentifier, form: FormDep) -> Response:
    """Save it."""
    values = _sent(form, _RIDER, "needs")
    try:
        rider = save_rider(context, actor, rider_id, _typed(values, "max_walk_m"))
    except InvalidInputError as error:
        return _rider(request, rider_id, values, wrong_fields(error, language_of(request)))
    return RedirectResponse(f"/admin/riders/{rider.id}?saved=1", 303)


def _rider(request: Request, rider_id: str, values: Mapping[str, Any], wrong: Mapping[str, str] | None = None) -> Response:
    return page(
        request,
        "admin/rider.html",
        422 if wrong else 200,
        rider_id=rider_id,
        values=values,
        wrong=wrong or {},
        saved="saved" in request.query_params,
        needs=_need_words(language_of(request)),
        channels=_channel_words(language_of(request)),
    )


def _rider_values(rider: Rider | None) -> dict[str, Any]:
    if rider is None:
        return dict.fromkeys(_RIDER, "") | {"needs": [], "language": "de", "channel": Channel.CALL_BACK.value}
    return {
        "name": rider.name,
        "telephone": telephone(rider.telephone, "de"),
        "email": rider.email,
        "language": rider.language,
        "channel": rider.channel.value,
        "max_walk_m": "" if rider.max_walk_m is None else str(rider.max_walk_m),
        "needs": [need.value for need in rider.needs],
    }


def _sent(form: Form, names: tuple[str, ...], many: str) -> dict[str, Any]:
    return {name: form.text(name) for name in names} | {many: form.texts(many)}


def _typed(values: Mapping[str, Any], number: str) -> dict[str, Any]:
    """As a file would have it: the number as one."""
    text = str(values[number])
    return {**values, number: int(text) if text.isascii() and text.isdigit() and len(text) < 7 else text}


@router.get(DRIVERS)
def drivers_page(request: Request, context: ContextDep, actor: AdminDep, asked: Asked = "") -> Response:
    """Drivers by name, searched by name or number."""
    text = revealed(context, asked)
    return page(request, "admin/drivers.html", drivers=search_drivers(context, actor, text), q=text)


@router.post(DRIVERS)
def find_drivers(context: ContextDep, _: AdminDep, form: FormDep) -> Response:
    """Search for a name or number."""
    return search_page(context, DRIVERS, form.text("q", LONGEST))


@router.get("/admin/drivers/{driver_id}")
def driver_page(request: Request, context: ContextDep, actor: AdminDep, driver_id: PathIdentifier) -> Response:
    """One driver's form; ``new`` is an empty one."""
    found = next((one for one in list_drivers(context, actor) if one.id == driver_id), None)
    if found is None and driver_id != NEW:
        raise NotFoundError("driver: not found")
    return _driver(request, context, actor, (driver_id, _driver_values(found)))


@router.post("/admin/drivers/{driver_id}")
def driver_form(request: Request, context: ContextDep, actor: AdminDep, driver_id: PathIdentifier, form: FormDep) -> Response:
    """Save it."""
    values = _sent(form, _DRIVER, "abilities") | {
        "credentials": {kind.value: form.text(f"until_{kind}") for kind in CredentialKind},
        "stand_by": form.text("stand_by") == "yes",
    }
    try:
        shown = {kind: _day(text) for kind, text in values["credentials"].items() if text}
        driver = save_driver(context, actor, driver_id, _typed(values, "max_km_per_day") | {"credentials": shown})
    except InvalidInputError as error:
        return _driver(request, context, actor, (driver_id, values), wrong_fields(error, language_of(request)))
    return RedirectResponse(f"/admin/drivers/{driver.id}?saved=1", 303)


def _day(text: str) -> date | str:
    """As a file would have it; what is no day is said at the field."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _driver(
    request: Request, context: Context, actor: Actor, shown: tuple[str, Mapping[str, Any]], wrong: Mapping[str, str] | None = None
) -> Response:
    _ = translator(language_of(request))
    providers = {one.carrier.provider_id: one.carrier.name for one in list_services(context, actor)}
    choices = {
        "employment": {
            Employment.EMPLOYED: _("angestellt"),
            Employment.ASSOCIATION: _("im Verein"),
            Employment.VOLUNTEER: _("ehrenamtlich"),
        },
        "acceptance": {
            Acceptance.ROSTERED: _("eingeteilt: die Schicht ist die Zusage"),
            Acceptance.ASK_FIRST: _("wird zu jeder Fahrt gefragt"),
            Acceptance.SELF_PICK: _("sucht sich Fahrten aus einer Liste"),
        },
        "reached_by": {
            ReachedBy.LIVE: _("über das Handy"),
            ReachedBy.TELEPHONE: _("am Telefon"),
            ReachedBy.PAPER: _("auf Papier"),
        },
    }
    return page(
        request,
        "admin/driver.html",
        422 if wrong else 200,
        driver_id=shown[0],
        values=shown[1],
        wrong=wrong or {},
        saved="saved" in request.query_params,
        providers=providers,
        choices=choices,
        needs=_need_words(language_of(request)),
        kinds=credential_words(language_of(request)),
        today=today(context, actor),
    )


def _driver_values(driver: Driver | None) -> dict[str, Any]:
    if driver is None:
        first = {
            "employment": Employment.EMPLOYED.value,
            "acceptance": Acceptance.ROSTERED.value,
            "reached_by": ReachedBy.LIVE.value,
        }
        return dict.fromkeys(_DRIVER, "") | {"abilities": [], "credentials": {}, "stand_by": False} | first
    kilometres = driver.max_metres_per_day
    return {
        "name": driver.name,
        "telephone": telephone(driver.telephone, "de"),
        "provider": driver.provider_id,
        "employment": driver.employment.value,
        "acceptance": driver.acceptance.value,
        "reached_by": driver.reached_by.value,
        "max_km_per_day": "" if kilometres is None else str(kilometres // 1000),
        "abilities": [need.value for need in driver.abilities],
        "credentials": {one.kind.value: str(one.valid_until) for one in driver.credentials},
        "stand_by": driver.stand_by,
    }


@router.get("/admin/shifts")
def shifts_page(request: Request, context: ContextDep, actor: AdminDep, day: QueryDay | None = None) -> Response:
    """The shifts of a day, and the form for another one."""
    return _shifts(request, context, actor, day or today(context, actor))


@router.post("/admin/shifts")
def shift_form(request: Request, context: ContextDep, actor: AdminDep, form: FormDep) -> Response:
    """Add one."""
    values = {name: form.text(name) for name in ("driver", "service", "day", "start", "end")}
    try:
        shift = _shift(values)
        add_shift(context, actor, shift)
    except InvalidInputError as error:
        return _shifts(request, context, actor, today(context, actor), values, wrong_fields(error, language_of(request)))
    return RedirectResponse(f"/admin/shifts?day={shift.day}", 303)


@router.post("/admin/shifts/{shift_id}/end")
def end_shift_form(request: Request, context: ContextDep, actor: AdminDep, shift_id: PathIdentifier, form: FormDep) -> Response:
    """Take one back."""
    day = form.day("day")
    try:
        end_shift(context, actor, shift_id, day)
    except ConflictError:
        _ = translator(language_of(request))
        booked = _(
            "In dieser Schicht sind Fahrgäste gebucht. Bitte meldet die Zentrale den Ausfall: Dann werden sie umgebucht und benachrichtigt."
        )
        return _shifts(request, context, actor, day, wrong={"ending": booked})
    return RedirectResponse(f"/admin/shifts?day={day}", 303)


def _shifts(
    request: Request,
    context: Context,
    actor: Actor,
    day: date,
    values: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> Response:
    one = timedelta(days=1)
    return page(
        request,
        "admin/shifts.html",
        422 if wrong else 200,
        day=day,
        before=day - one,
        after=day + one,
        shifts=list_shifts(context, actor, day),
        drivers={driver.id: driver.name for driver in list_drivers(context, actor)},
        services={service.id: service.name for service in list_services(context, actor)},
        values=values or {"driver": "", "service": "", "day": str(day), "start": "", "end": ""},
        wrong=wrong or {},
        hour=lambda seconds: f"{seconds // 3600}:{seconds // 60 % 60:02d}",
    )


def _shift(values: Mapping[str, str]) -> Shift:
    """What the form says; the action makes the id."""
    times = {}
    for name in ("start", "end"):
        try:
            times[name] = parse_time(values[name])
        except ValueError:
            raise InvalidInputError(Problem(name, "is not a time", "write it as 08:30")) from None
    return Shift("", "", values["service"], values["driver"], day_of(values["day"], "day"), times["start"], times["end"])


def _need_words(language: Language) -> dict[Need, str]:
    _ = translator(language)
    return {
        Need.WHEELCHAIR: _("Rollstuhl"),
        Need.WALKING_FRAME: _("Rollator"),
        Need.FRONT_SEAT: _("Sitz vorn"),
        Need.DOOR_TO_DOOR: _("Abholung an der Tür"),
        Need.BOARDING_HELP: _("Hilfe beim Einsteigen"),
        Need.GUIDE_DOG: _("Assistenzhund"),
        Need.CHILD_SEAT: _("Kindersitz"),
        Need.FOLDABLE_WHEELCHAIR: _("Faltrollstuhl"),
        Need.ELECTRIC_WHEELCHAIR: _("Elektrorollstuhl"),
        Need.MOBILITY_SCOOTER: _("Elektromobil (E-Scooter)"),
        Need.STEP_FREE: _("Einstieg ohne Stufe"),
        Need.HELP_TO_DOOR: _("Begleitung bis in die Wohnung"),
        Need.LOW_VISION: _("Sieht schlecht"),
        Need.LOW_HEARING: _("Hört schlecht"),
        Need.ORIENTATION_HELP: _("Übergabe an eine Person"),
        Need.INFANT_SEAT: _("Babyschale"),
        Need.BOOSTER_SEAT: _("Sitzerhöhung"),
        Need.PUSHCHAIR: _("Kinderwagen"),
    }


def credential_words(language: Language) -> dict[CredentialKind, str]:
    """What drivers have to show."""
    _ = translator(language)
    return {
        CredentialKind.LICENCE: _("Führerschein"),
        CredentialKind.LICENCE_D1: _("Führerschein der Klasse D1 (Kleinbus)"),
        CredentialKind.LICENCE_D: _("Führerschein der Klasse D (Bus)"),
        CredentialKind.PASSENGER_LICENCE: _("Fahrerlaubnis zur Fahrgastbeförderung (P-Schein)"),
        CredentialKind.FIRST_AID: _("Erste Hilfe"),
        CredentialKind.INSURANCE: _("Versicherung"),
        CredentialKind.INSPECTION: _("Hauptuntersuchung des eigenen Autos"),
    }


def _channel_words(language: Language) -> dict[Channel, str]:
    _ = translator(language)
    return {Channel.CALL_BACK: _("Anruf"), Channel.SMS: _("SMS"), Channel.EMAIL: _("E-Mail")}
