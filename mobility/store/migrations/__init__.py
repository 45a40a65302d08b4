"""The database's shape, step by step (Alembic). ``python -m mobility`` applies what is missing when it starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from mobility.errors import UnavailableError

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent
_LOCK = 5_317_740_391_255
"""Any number, the same for all: only one process migrates a database at a time."""


def migrate(url: str) -> None:
    """Bring the database at this SQLAlchemy URL to the newest shape, in one transaction; a second process waits and finds it done.

    Raises:
        UnavailableError: the server cannot be reached.
    """
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    try:
        with engine.begin() as connection:
            if _version(connection) == newest():
                return
            from alembic import command  # noqa: PLC0415  half a second that a database of the newest shape need not cost

            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            command.upgrade(_settings(connection), "head")
    except OperationalError as error:
        raise UnavailableError("database: cannot be reached (is it running? check DATABASE_URL)") from error


def newest() -> str:
    """The revision of the newest step: the number its file begins with."""
    return max(file.name.partition("_")[0] for file in (FOLDER / "versions").glob("[0-9]*_*.py"))


def _version(connection: Connection) -> str | None:
    if connection.execute(text("SELECT to_regclass('alembic_version')")).scalar() is None:
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _settings(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415

    settings = Config()
    settings.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings
