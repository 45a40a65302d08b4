"""What was searched for, kept out of addresses: names and numbers in a query would end in a proxy's log and in a browser's history.

A search is sent as a form (POST) and answered by a redirect to the same page with ``?asked=…``, which only this service can read. So
the page can be loaded again, gone back to, and renewed while it stands open.
"""

from __future__ import annotations

import base64
import hmac
from typing import Annotated
from urllib.parse import urlencode

from cryptography.fernet import Fernet, InvalidToken
from fastapi import Query
from fastapi.responses import RedirectResponse

from mobility.actions.context import Context
from mobility.actions.sign_in import SESSION_LASTS

LONGEST = 200
Asked = Annotated[str, Query(max_length=2000)]


def concealed(context: Context, text: str) -> str:
    """``text`` as a query's value that says nothing; the same text looks different every time (Fernet)."""
    return _fernet(context).encrypt(text.encode()).decode()


def revealed(context: Context, asked: str) -> str:
    """What :func:`concealed` hid; empty when it was not made here, or longer ago than a sign-in lasts."""
    try:
        return _fernet(context).decrypt(asked.encode(), int(SESSION_LASTS.total_seconds())).decode()
    except InvalidToken:
        return ""


def search_page(context: Context, path: str, text: str) -> RedirectResponse:
    """On to the page that shows what was found for ``text``; the plain page for an empty one."""
    text = text.replace("\0", "").strip()
    return RedirectResponse(f"{path}?{urlencode({'asked': concealed(context, text)})}" if text else path, 303)


def _fernet(context: Context) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hmac.digest(context.secret, b"what was searched for", "sha256")))
