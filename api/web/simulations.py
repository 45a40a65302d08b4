"""The planner's simulations: ordered, watched, read, compared."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.figures import figures_of
from api.web.forms import Form, FormDep
from api.web.language import language_of, translator
from api.web.planner import PlannerDep, today
from api.web.planner_words import answer_words
from api.web.rendering import PageRoute, UploadRoute, page
from api.web.uploads import SIMULATIONS, WISHES_MB
from mobility.actions.context import Context
from mobility.actions.local_time import agency_zone
from mobility.actions.read_services import list_services
from mobility.domain.accounts import Actor
from mobility.domain.office import Simulation, SimulationState
from mobility.errors import ConflictError, InvalidInputError, NotFoundError, Problem, UnavailableError
from mobility.simulation.ordering import (
    MOST_VEHICLES,
    MOST_WISHES,
    Wanted,
    again,
    cancel_simulation,
    delete_simulation,
    find_simulation,
    folder_of,
    list_simulations,
    order_simulation,
    result_of,
)

router = APIRouter(include_in_schema=False, route_class=PageRoute)
uploads = APIRouter(include_in_schema=False, route_class=UploadRoute)

_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".csv": "text/csv; charset=utf-8", ".json": "application/json"}
Chosen = Annotated[list[str] | None, Query(max_length=2)]


@router.get(SIMULATIONS)
def simulations_page(
    request: Request, context: ContextDep, actor: PlannerDep, too_large: Annotated[str | None, Query(max_length=1)] = None
) -> Response:
    """The form, and what was ordered."""
    _ = translator(language_of(request))
    most = _("Die Datei ist größer als %(most)s MB. Bitte nehmen Sie weniger Wünsche auf einmal.") % {"most": WISHES_MB}
    return _overview(request, context, actor, {}, most if too_large else "")


@uploads.post(SIMULATIONS)
def order_form(request: Request, context: ContextDep, actor: PlannerDep, form: FormDep) -> Response:
    """Order one, and watch it; what cannot be is said beside what was typed."""
    typed = {name: form.text(name) for name in ("day", "demand", "seed", "more_vehicles")} | {"services": form.texts("service")}
    try:
        made = order_simulation(context, actor, _wanted(form))
    except (InvalidInputError, ConflictError, NotFoundError, UnavailableError) as error:
        return _overview(request, context, actor, typed, _refused(request, error))
    return RedirectResponse(f"{SIMULATIONS}/{made.id}", 303)


def _refused(request: Request, error: Exception) -> str:
    """Why it was not ordered; what is wrong with rows of a file in the words of its check."""
    _ = translator(language_of(request))
    if isinstance(error, ConflictError):
        return _("Es warten schon genug Simulationen. Warten Sie, bis eine fertig ist, oder brechen Sie eine ab.")
    if isinstance(error, UnavailableError):
        return _("Noch sind keine Straßen eingelesen. Ohne sie lässt sich nichts simulieren.")
    if not isinstance(error, InvalidInputError):
        return _("Dieses Angebot gibt es hier nicht.")
    words = {
        "day": _("Dieser Tag geht nicht. Er muss innerhalb von 400 Tagen liegen."),
        "service": _("Bitte wählen Sie mindestens ein Angebot aus."),
        "demand": _("Bitte geben Sie 1 bis %(most)s Wünsche an, oder eine Datei.") % {"most": MOST_WISHES},
        "more_vehicles": _("Es können 0 bis %(most)s Fahrzeuge mehr sein.") % {"most": MOST_VEHICLES},
        "seed": _("Die Würfelzahl muss eine ganze Zahl ab 0 sein."),
        "empty": _("Die Datei ist leer."),
    }
    return " ".join(words.get(problem.where, str(problem)) for problem in error.problems[:5])


def _wanted(form: Form) -> Wanted:
    file = form.file("wishes")
    if file is not None and not file.size:
        raise InvalidInputError(Problem("empty", "the file is empty", "choose another one"))
    return Wanted(
        service_ids=tuple(form.texts("service")),
        day=form.day("day"),
        demand=form.number("demand", 1, MOST_WISHES) or 0,
        seed=form.number("seed", 0, 2**31 - 1) or 0,
        more_vehicles=form.number("more_vehicles", 0, MOST_VEHICLES) or 0,
        wishes=b"" if file is None else file.file.read(WISHES_MB * 1_000_000 + 1),
        wishes_name="" if file is None else file.filename or "",
    )


def _overview(request: Request, context: Context, actor: Actor, typed: dict[str, Any], wrong: str) -> Response:
    return page(
        request,
        "planner/simulations.html",
        422 if wrong else 200,
        simulations=list_simulations(context, actor),
        services=list_services(context, actor),
        typed={
            "day": str(today(context, actor) + timedelta(days=1)),
            "demand": "100",
            "seed": "1",
            "more_vehicles": "0",
            "services": [],
        }
        | typed,
        wrong=wrong,
        zone=agency_zone(context, actor),
        states=_states(request),
        most=(MOST_WISHES, MOST_VEHICLES, WISHES_MB),
    )


def _states(request: Request) -> dict[SimulationState, str]:
    _ = translator(language_of(request))
    return {
        SimulationState.QUEUED: _("wartet"),
        SimulationState.RUNNING: _("läuft"),
        SimulationState.DONE: _("fertig"),
        SimulationState.FAILED: _("nicht gelungen"),
        SimulationState.CANCELLED: _("abgebrochen"),
    }


@router.get(f"{SIMULATIONS}/compare")
def compare_page(request: Request, context: ContextDep, actor: PlannerDep, one: Chosen = None) -> Response:
    """Two results side by side: "what if there were two more vehicles?"."""
    chosen = [find_simulation(context, actor, simulation_id) for simulation_id in one or []]
    if len(chosen) != 2:
        _ = translator(language_of(request))
        return _overview(request, context, actor, {}, _("Bitte wählen Sie zwei fertige Simulationen aus."))
    columns = [figures_of(result_of(context, simulation).kpis, language_of(request)) for simulation in chosen]
    rows = [(first, second) for first, second in zip(*columns, strict=True)]
    return page(request, "planner/compare.html", chosen=chosen, rows=rows, services=_names(context, actor))


@router.get(f"{SIMULATIONS}/{{simulation_id}}")
def simulation_page(request: Request, context: ContextDep, actor: PlannerDep, simulation_id: PathIdentifier) -> Response:
    """How far it is, or what came out."""
    simulation = find_simulation(context, actor, simulation_id)
    result = result_of(context, simulation) if simulation.state is SimulationState.DONE else None
    language = language_of(request)
    words = answer_words(language)
    return page(
        request,
        "planner/simulation.html",
        simulation=simulation,
        figures=figures_of(result.kpis, language) if result else [],
        refusals=[(words.get(reason, reason), count) for reason, count in result.kpis["refusals_by_reason"].items()]
        if result
        else [],
        groups=sorted(result.kpis["by_group"].items()) if result else [],
        broken=result.violations if result else 0,
        pictures=[(name, _title(request, name)) for name in result.pictures] if result else [],
        files=_files(context, simulation),
        services=_names(context, actor),
        zone=agency_zone(context, actor),
        states=_states(request),
    )


def _title(request: Request, name: str) -> str:
    _ = translator(language_of(request))
    titles = {
        "answers-by-hour.svg": _("Antworten nach Stunde"),
        "waiting.svg": _("Wie lange gewartet wird"),
        "load.svg": _("Wie voll die Fahrzeuge sind"),
        "groups.svg": _("Werden alle gleich bedient?"),
    }
    return titles.get(name, name)


def _names(context: Context, actor: Actor) -> dict[str, str]:
    return {service.id: service.name for service in list_services(context, actor)}


def _files(context: Context, simulation: Simulation) -> list[str]:
    """The names that may be asked for: what lies there and nothing else."""
    out = folder_of(context, simulation.id) / "out"
    return sorted(file.name for file in out.iterdir() if file.suffix in _TYPES) if out.is_dir() else []


@router.get(f"{SIMULATIONS}/{{simulation_id}}/files/{{name}}")
def file_of(context: ContextDep, actor: PlannerDep, simulation_id: PathIdentifier, name: PathIdentifier) -> Response:
    """One of the result's files."""
    simulation = find_simulation(context, actor, simulation_id)
    if name not in _files(context, simulation):
        raise NotFoundError("file: not found")
    path = folder_of(context, simulation.id) / "out" / name
    return FileResponse(path, media_type=_TYPES[path.suffix], filename=None if path.suffix in (".svg", ".png") else name)


@router.post(f"{SIMULATIONS}/{{simulation_id}}/cancel")
def cancel_form(context: ContextDep, actor: PlannerDep, simulation_id: PathIdentifier) -> Response:
    """Let it be."""
    cancel_simulation(context, actor, simulation_id)
    return RedirectResponse(f"{SIMULATIONS}/{simulation_id}", 303)


@router.post(f"{SIMULATIONS}/{{simulation_id}}/again")
def again_form(context: ContextDep, actor: PlannerDep, simulation_id: PathIdentifier) -> Response:
    """The same once more."""
    return RedirectResponse(f"{SIMULATIONS}/{again(context, actor, simulation_id).id}", 303)


@router.post(f"{SIMULATIONS}/{{simulation_id}}/delete")
def delete_form(context: ContextDep, actor: PlannerDep, simulation_id: PathIdentifier) -> Response:
    """Away with it and its files."""
    delete_simulation(context, actor, simulation_id)
    return RedirectResponse(SIMULATIONS, 303)
