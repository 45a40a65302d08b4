"""The admin's page for the file that brings many people at once."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response

from api.auth import ContextDep
from api.web.admin import AdminDep
from api.web.file_problems import told
from api.web.forms import FormDep
from api.web.language import language_of
from api.web.rendering import PageRoute, UploadRoute, page
from api.web.uploads import PEOPLE
from mobility.actions.load_people import Loaded, load_people
from mobility.errors import ConflictError, InvalidInputError, Problem
from mobility.files.people_file import MAX_PEOPLE_BYTES

router = APIRouter(include_in_schema=False, route_class=PageRoute)
uploads = APIRouter(include_in_schema=False, route_class=UploadRoute)

FILE = "people.toml"


@router.get(PEOPLE)
def people_page(request: Request, actor: AdminDep, too_large: Literal["1"] | None = None) -> Response:  # noqa: ARG001 - who may
    """The form for a people file."""
    problems = [Problem(FILE, "is larger than a people file can be", "is it the right file?")] if too_large else []
    return _people(request, problems)


@uploads.post(PEOPLE)
def people_form(request: Request, context: ContextDep, actor: AdminDep, form: FormDep) -> Response:
    """Load it, all or nothing."""
    sent = form.file("file")
    if sent is None:
        return _people(request, [Problem(FILE, "is missing", "choose a file")])
    try:
        text = sent.file.read(MAX_PEOPLE_BYTES + 1).decode("utf-8")
        loaded = load_people(context, actor.agency_id, text, FILE, actor)
    except UnicodeDecodeError:
        return _people(request, [Problem(FILE, "not UTF-8 text", 'save the file with the encoding "UTF-8"')])
    except InvalidInputError as error:
        return _people(request, list(error.problems))
    except ConflictError as error:
        return _people(request, [Problem(FILE, str(error), "nothing was changed")])
    return _people(request, [], loaded)


def _people(request: Request, problems: list[Problem], loaded: Loaded | None = None) -> Response:
    problems = [told(problem, language_of(request)) for problem in problems]
    return page(request, "admin/people.html", 422 if problems else 200, problems=problems, loaded=loaded)
