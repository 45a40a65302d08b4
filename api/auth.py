"""Who is asking: a bearer token, or on pages the cookie that sign-in sets, with the proof that our own page sends it."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from mobility.actions.context import Context
from mobility.actions.sign_in import find_actor
from mobility.domain.accounts import Actor
from mobility.errors import NotSignedInError

COOKIE = "session"
PROOF = "x-csrf-token"
READING = ("GET", "HEAD")
_described = HTTPBearer(auto_error=False, description="The token from POST /sessions.")


def get_context(request: Request) -> Context:
    """The running service."""
    context = request.app.state.context
    assert isinstance(context, Context)  # noqa: S101 - set by the application's lifespan
    return context


ContextDep = Annotated[Context, Depends(get_context)]


def form_token(request: Request) -> str:
    """The proof that a form or script of ours carries, made from the session; empty when nobody is signed in."""
    session = request.cookies.get(COOKIE, "")
    return get_context(request).seal(f"csrf:{hashlib.sha256(session.encode()).hexdigest()}") if session else ""


def is_ours(request: Request, sent: str) -> bool:
    """Whether ``sent`` is the proof of this session."""
    expected = form_token(request)
    return bool(expected) and hmac.compare_digest(sent.encode(), expected.encode())


def find_token(request: Request) -> str | None:
    """The token sent. A cookie changes something only with the proof beside it (:func:`form_token`, as ``X-CSRF-Token``), so that no other
    site can act for a person.
    """
    if token := _bearer(request):
        return token
    if request.method in READING or is_ours(request, request.headers.get(PROOF, "")):
        return request.cookies.get(COOKIE)
    return None


def find_page_token(request: Request) -> str:
    """The token on pages, whose route has checked the proof already; empty when there is none."""
    return _bearer(request) or request.cookies.get(COOKIE, "")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.isascii() else ""


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
