"""Signing in with a telephone number and a one-time code; then who one is, or a new entry."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.attempts import address_of
from api.auth import COOKIE as SESSION
from api.auth import ContextDep
from api.web.forms import FormDep
from api.web.language import language_of
from api.web.navigation import home_of
from api.web.pages import signed_in
from api.web.rendering import AnyoneDep, PageRoute, page
from mobility.actions.context import Context
from mobility.actions.sign_in import SESSION_LASTS, sign_out
from mobility.actions.sign_in_by_code import (
    CODE_LASTS,
    STAYS,
    ask_for_code,
    check_code,
    list_people,
    register,
    sign_in_as,
)
from mobility.domain.accounts import Role
from mobility.errors import InvalidInputError, NotSignedInError

router = APIRouter(include_in_schema=False, route_class=PageRoute)

PROOF = "proof"
Ask = Annotated[str, Query(max_length=64, pattern=r"^\w*$")]


@router.post("/sign-in/code")
def send_code(request: Request, context: ContextDep, form: FormDep) -> Response:
    """Send a code. The answer is the same for every number."""
    telephone = form.text("telephone", 40)
    try:
        code_id = ask_for_code(context, telephone, address_of(request), language_of(request))
    except InvalidInputError:
        return page(request, "sign_in.html", 422, failed=False, telephone=telephone, no_number=True)
    return RedirectResponse(f"/sign-in/code?ask={code_id}", 303)


@router.get("/sign-in/code")
def code_page(request: Request, ask: Ask = "") -> Response:
    """Where the code is typed."""
    return page(request, "resident/code.html", ask=ask, failed=False)


@router.post("/sign-in/code/check")
def check(request: Request, context: ContextDep, form: FormDep) -> Response:
    """The right code signs in the only one it can be; where others may share the number, or nobody is known by it, it is asked who one is."""
    ask, stays = form.text("ask", 64), form.text("stays") == "yes"
    try:
        proof = check_code(context, ask, form.text("code", 20), address_of(request))
    except NotSignedInError:
        return page(request, "resident/code.html", 401, ask=ask, failed=True)
    people = list_people(context, proof)
    if len(people) == 1 and not context.residents_register:
        return _enter(request, context, sign_in_as(context, proof, people[0].id, stays=stays)[0], stays=stays)
    response = RedirectResponse("/sign-in/person", 303)
    secure = request.url.scheme == "https"
    lasts = int(CODE_LASTS.total_seconds())
    value = f"{proof}.{'yes' if stays else 'no'}"
    response.set_cookie(PROOF, value, max_age=lasts, httponly=True, samesite="strict", secure=secure, path="/sign-in")
    return response


@router.get("/sign-in/person")
def person_page(request: Request, context: ContextDep, _: AnyoneDep) -> Response:
    """Whose number it is, to choose from; or a name to enter."""
    people = list_people(context, _proof(request)[0])
    return page(request, "resident/person.html", people=people, may_register=context.residents_register, name="", failed=False)


@router.post("/sign-in/person")
def choose_person(request: Request, context: ContextDep, form: FormDep) -> Response:
    """Sign in as one of the people with this number."""
    proof, stays = _proof(request)
    return _enter(request, context, sign_in_as(context, proof, form.text("rider"), stays=stays)[0], stays=stays)


@router.post("/sign-in/register")
def register_form(request: Request, context: ContextDep, form: FormDep) -> Response:
    """A new entry with this number."""
    proof, stays = _proof(request)
    try:
        token, _ = register(context, proof, form.text("name"), stays=stays)
    except InvalidInputError:
        people = list_people(context, proof)
        return page(request, "resident/person.html", 422, people=people, may_register=True, name=form.text("name"), failed=True)
    return _enter(request, context, token, stays=stays)


def _enter(request: Request, context: Context, token: str, *, stays: bool) -> Response:
    """With a session that is new on this browser; the one it had before ends."""
    sign_out(context, request.cookies.get(SESSION, ""))
    response = signed_in(request, token, home_of(Role.RIDER), STAYS if stays else SESSION_LASTS)
    response.delete_cookie(PROOF, path="/sign-in")
    return response


def _proof(request: Request) -> tuple[str, bool]:
    proof, _, stays = request.cookies.get(PROOF, "").partition(".")
    return proof, stays == "yes"
