"""The address of the database the settings name, or of a private one. Light to import: the demo starts with it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from mobility.errors import InvalidInputError, MobilityError, Problem
from mobility.settings import Settings
from mobility.store.embedded import EmbeddedServer

_log = logging.getLogger("database")
_LOOKS_EVERY_S = 0.5
_NO_ADDRESS = Problem("DATABASE_URL", "is not the address of a PostgreSQL database", "postgresql://user:password@host:5432/name")


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The address of the database: the one named by DATABASE_URL, else a private server that is stopped at the end."""
    if settings.database_url is not None:
        yield sqlalchemy_url(settings.database_url)
        return
    with EmbeddedServer(settings.data / "postgres") as server:
        url = server.start()
        with _kept_running(server):
            yield url


@contextmanager
def _kept_running(server: EmbeddedServer) -> Iterator[None]:
    """Who has a private server has nobody else to start it again when it was killed."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_LOOKS_EVERY_S):
            try:
                if not server.is_running:
                    _log.warning("the private server has gone; it is started again")
                    server.start()
            except MobilityError as error:
                _log.error("%s", error)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look may fare better
                _log.error("the private server could not be looked after: %s", type(error).__qualname__)

    watching = threading.Thread(target=watch, name="private server", daemon=True)
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join()


def sqlalchemy_url(url: str) -> str:
    """``postgres://`` and ``postgresql://`` addresses with the driver we use.

    Raises:
        InvalidInputError: not such an address (which is not repeated: it may hold a password).
    """
    scheme, separator, rest = url.partition("://")
    if scheme not in ("postgres", "postgresql", "postgresql+psycopg") or not separator:
        raise InvalidInputError(_NO_ADDRESS)
    try:
        return make_url(f"postgresql+psycopg://{rest}").render_as_string(hide_password=False)
    except (ArgumentError, ValueError):
        raise InvalidInputError(_NO_ADDRESS) from None
