"""The address of the database the settings name, or of a private one. Light to import: the demo starts with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mobility.settings import Settings
from mobility.store.embedded import EmbeddedServer


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The address of the database: the one named by DATABASE_URL, else a private server that is stopped at the end."""
    if settings.database_url is not None:
        yield sqlalchemy_url(settings.database_url)
        return
    with EmbeddedServer(settings.data / "postgres") as server:
        yield server.start()


def sqlalchemy_url(url: str) -> str:
    """``postgres://`` and ``postgresql://`` addresses with the driver we use."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") and separator else url
