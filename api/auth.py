"""Who is asking: a bearer token, or on pages (reading only) the cookie that sign-in sets."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from mobility.actions.context import Context
from mobility.actions.sign_in import find_actor
from mobility.domain.accounts import Actor
from mobility.errors import NotSignedInError

COOKIE = "session"
_described = HTTPBearer(auto_error=False, description="The token from POST /sessions.")


def get_context(request: Request) -> Context:
    """The running service."""
    context = request.app.state.context
    assert isinstance(context, Context)  # noqa: S101 - set by the application's lifespan
    return context


ContextDep = Annotated[Context, Depends(get_context)]


def find_token(request: Request) -> str | None:
    """The token sent; a cookie counts only where nothing is changed, so that no other site can act for a person."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip().isascii():
        return token.strip()
    return request.cookies.get(COOKIE) if request.method in ("GET", "HEAD") else None


def get_actor(
    request: Request, context: ContextDep, _: Annotated[HTTPAuthorizationCredentials | None, Security(_described)]
) -> Actor:
    """The signed-in actor.

    Raises:
        NotSignedInError: no token, or one that has ended.
    """
    token = find_token(request)
    if not token:
        raise NotSignedInError("sign in first: POST /sessions with name and password")
    return find_actor(context, token)


ActorDep = Annotated[Actor, Depends(get_actor)]
