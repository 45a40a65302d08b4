"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from api.attempts import Attempts, address_of
from api.auth import ContextDep, find_token
from api.fields import Body, Text
from api.strict_json import StrictJsonRoute
from mobility.actions.context import Context
from mobility.actions.sign_in import sign_in, sign_out
from mobility.domain.accounts import Account

router = APIRouter(tags=["sessions"], route_class=StrictJsonRoute)


class SignIn(Body):
    """Name and password of an account."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "desk", "password": "demo-desk-auental"}]})

    name: Text
    password: Text


class SignedIn(BaseModel):
    """The token to send as ``Authorization: Bearer …``."""

    token: str
    role: str


def sign_in_from(request: Request, context: Context, name: str, password: str) -> tuple[str, Account]:
    """Sign in unless too many attempts have failed.

    Raises:
        NotSignedInError: unknown name or wrong password.
        TooManyAttemptsError: failed too often.
    """
    attempts = request.app.state.attempts
    assert isinstance(attempts, Attempts)  # noqa: S101 - set when the application is made
    with attempts.counted(address_of(request), name, context.clock()):
        return sign_in(context, name, password)


@router.post("/sessions", status_code=201)
def create_session(body: SignIn, request: Request, context: ContextDep) -> SignedIn:
    """Sign in."""
    token, account = sign_in_from(request, context, body.name, body.password)
    return SignedIn(token=token, role=account.role.value)


@router.delete("/sessions", status_code=204)
def delete_session(request: Request, context: ContextDep) -> Response:
    """Sign out."""
    sign_out(context, find_token(request) or "")
    return Response(status_code=204)
