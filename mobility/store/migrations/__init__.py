"""The database's shape, step by step (Alembic). ``python -m mobility`` applies what is missing when it starts."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from mobility.errors import UnavailableError

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
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            command.upgrade(_settings(connection), "head")
    except OperationalError as error:
        raise UnavailableError("database: cannot be reached (is it running? check DATABASE_URL)") from error


def _settings(connection: Connection) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings
