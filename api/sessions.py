"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api.auth import ContextDep, find_token
from api.fields import Body, Text
from mobility.actions.sign_in import sign_in, sign_out

router = APIRouter(tags=["sessions"])


class SignIn(Body):
    """Name and password of an account."""

    name: Text
    password: Text


class SignedIn(BaseModel):
    """The token to send as ``Authorization: Bearer …``."""

    token: str
    role: str


@router.post("/sessions", status_code=201)
def create_session(body: SignIn, context: ContextDep) -> SignedIn:
    """Sign in."""
    token, account = sign_in(context, body.name, body.password)
    return SignedIn(token=token, role=account.role.value)


@router.delete("/sessions", status_code=204)
def delete_session(request: Request, context: ContextDep) -> Response:
    """Sign out."""
    sign_out(context, find_token(request) or "")
    return Response(status_code=204)
