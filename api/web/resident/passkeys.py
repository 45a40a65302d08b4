"""Passkeys: made and deleted by whoever is signed in, in every role; and signing in with one."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from api.auth import COOKIE as SESSION
from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.forms import Form, FormDep
from api.web.navigation import home_of
from api.web.pages import signed_in
from api.web.rendering import PageActorDep, PageRoute, page
from mobility.actions import sign_in_by_passkey as passkeys
from mobility.actions.sign_in import sign_out
from mobility.errors import InvalidInputError, NotSignedInError, Problem

router = APIRouter(include_in_schema=False, route_class=PageRoute)
_LARGEST = 20_000


@router.get("/access")
def access_page(request: Request, context: ContextDep, actor: PageActorDep) -> Response:
    """The ways in of one's own account."""
    return page(request, "resident/access.html", passkeys=passkeys.list_passkeys(context, actor))


@router.post("/access/options")
def begin(context: ContextDep, actor: PageActorDep) -> Response:
    """What the browser needs to make a passkey."""
    options, challenge = passkeys.begin_registering(context, actor)
    return JSONResponse({"options": options, "challenge": challenge})


@router.post("/access")
def keep(context: ContextDep, form: FormDep, actor: PageActorDep) -> Response:
    """Keep a passkey the browser has made."""
    passkeys.register(context, actor, _credential(form), form.text("challenge", 400), form.text("name"))
    return RedirectResponse("/access", 303)


@router.post("/access/{passkey_id}/delete")
def delete(context: ContextDep, passkey_id: PathIdentifier, actor: PageActorDep) -> Response:
    """Forget one."""
    passkeys.delete_passkey(context, actor, passkey_id)
    return RedirectResponse("/access", 303)


@router.post("/sign-in/passkey/options")
def begin_signing_in(context: ContextDep) -> Response:
    """What the browser needs to sign in with one."""
    options, challenge = passkeys.begin_signing_in(context)
    return JSONResponse({"options": options, "challenge": challenge})


@router.post("/sign-in/passkey")
def sign_in(request: Request, context: ContextDep, form: FormDep) -> Response:
    """Sign in."""
    try:
        token, account = passkeys.sign_in(context, _credential(form), form.text("challenge", 400))
    except NotSignedInError:
        return page(request, "sign_in.html", 401, failed=False, telephone="", no_number=False, no_passkey=True)
    sign_out(context, request.cookies.get(SESSION, ""))
    return signed_in(request, token, home_of(account.role))


def _credential(form: Form) -> dict[str, Any]:
    try:
        found = json.loads(form.text("credential", _LARGEST))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidInputError(Problem("credential", "is not what a browser sends", "load the page again"))
    return found
