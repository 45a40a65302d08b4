"""What a person sent with a form, read without surprises; and the proof that the form was ours.

A form carries a token made from the session (``csrf``); scripts send it as ``X-CSRF-Token``. Together with ``SameSite=Strict`` and
the check of ``Origin`` no other site can act for somebody who is signed in.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Depends, Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile

from api.auth import COOKIE, PROOF, READING, is_ours
from api.fields import iso_day
from mobility.errors import InvalidInputError, NotAllowedError, Problem

FIELD = "csrf"
_MOST_FIELDS = 200
_MOST_FILES = 2
_KINDS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Form:
    """The fields of a form. Absent is the same as empty; NUL and outer spaces are dropped."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    def text(self, name: str, most: int = 200) -> str:
        """A line of text.

        Raises:
            InvalidInputError: longer than ``most`` characters.
        """
        value = self._data.get(name)
        found = value.replace("\0", "").strip() if isinstance(value, str) else ""
        if len(found) > most:
            raise InvalidInputError(Problem(name, f"is longer than {most} characters", "shorten it"))
        return found

    def texts(self, name: str) -> list[str]:
        """All values of a field that may come several times (tick boxes)."""
        return [value.replace("\0", "").strip()[:200] for value in self._data.getlist(name) if isinstance(value, str)]

    def number(self, name: str, least: int, most: int) -> int | None:
        """A whole number, None when the field is empty.

        Raises:
            InvalidInputError: not a whole number within [least, most].
        """
        found = self.text(name, 20)
        if not found:
            return None
        figures = found.removeprefix("-")
        if not (figures.isascii() and figures.isdigit() and least <= int(found) <= most):
            raise InvalidInputError(Problem(name, "is not a whole number that can be", f"give one from {least} to {most}"))
        return int(found)

    def day(self, name: str) -> date:
        """A day of this or the next centuries.

        Raises:
            InvalidInputError: not a day.
        """
        return day_of(self.text(name), name)

    def file(self, name: str) -> UploadFile | None:
        """An uploaded file."""
        value = self._data.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None


def day_of(text: str, field: str) -> date:
    """As :meth:`Form.day`, of what stands in ``field``."""
    try:
        return iso_day(text)
    except ValueError:
        raise InvalidInputError(Problem(field, "is not a day", "write it as 2026-06-08")) from None


async def read_form(request: Request) -> Form:
    """The form of this request; read once, however often it is asked for.

    Raises:
        InvalidInputError: it is not a form in UTF-8.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind.decode("latin-1").lower() not in _KINDS or options.get(b"charset", b"utf-8").lower() != b"utf-8":
        await request.body()  # what is too large is told so first
        raise InvalidInputError(Problem("form", "cannot be read", "send it as a browser does"))
    return Form(await request.form(max_fields=_MOST_FIELDS, max_files=_MOST_FILES))


FormDep = Annotated[Form, Depends(read_form)]


async def check_is_ours(request: Request) -> None:
    """Refuse what changes something unless our own page sent it.

    Raises:
        NotAllowedError: sent from another site, or with a session and without the token of its forms.
    """
    if request.method in READING:
        return
    _check_origin(request)
    if not request.cookies.get(COOKIE):
        return
    sent = request.headers.get(PROOF) or (await read_form(request)).text(FIELD)
    if not is_ours(request, sent):
        raise NotAllowedError("this form is not of this sign-in; load the page again")


def _check_origin(request: Request) -> None:
    """Browsers say where a form comes from (Fetch Metadata; Origin, RFC 6454)."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    same = origin.partition("://")[2] == request.headers.get("host") if origin else True
    if (site or "same-origin") not in ("same-origin", "none") or not same:
        raise NotAllowedError("sent from another site")
