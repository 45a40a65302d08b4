"""Points in a database with or without PostGIS."""

from __future__ import annotations

import struct
from collections.abc import Callable

from geoalchemy2 import Geometry
from geoalchemy2.elements import WKBElement
from geoalchemy2.shape import to_shape
from shapely import Point as ShapelyPoint
from sqlalchemy import Connection, LargeBinary, text
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.types import TypeDecorator

from mobility.domain.places import Place

WGS84 = 4326
_LITTLE_ENDIAN = 1
_POINT_WITH_SRID = 0x20000001


class Point(TypeDecorator[Place]):
    """A place's point: ``geometry(Point, 4326)`` where PostGIS is, the same bytes (EWKB) in a ``bytea`` elsewhere.

    The migration chooses the column's type. Both take the same parameter: PostGIS has an implicit cast from bytea. What is read
    is a nameless place; the place's own column holds its name.
    """

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Place | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        if value is None:
            return None
        return struct.pack("<BIIdd", _LITTLE_ENDIAN, _POINT_WITH_SRID, WGS84, value.lon, value.lat)

    def process_result_value(self, value: str | bytes | None, dialect: Dialect) -> Place | None:  # noqa: ARG002
        if value is None:
            return None
        point = to_shape(WKBElement(value if isinstance(value, str) else bytes(value), srid=WGS84, extended=True))
        if not isinstance(point, ShapelyPoint):
            raise TypeError(f"expected a point, found {point.geom_type}")
        return Place(lon=point.x, lat=point.y)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | bytes | None], Place | None]:  # noqa: ARG002
        """Without the driver's own step for bytea: a geometry arrives as hexadecimal text."""
        return lambda value: self.process_result_value(value, dialect)


def has_postgis(connection: Connection) -> bool:
    """Whether PostGIS is installed in this database."""
    return connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")).first() is not None


def try_postgis(connection: Connection) -> None:
    """Install PostGIS in this database when the server has it and we may; else leave things as they are."""
    offered = connection.execute(text("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'")).first()
    if offered is None or has_postgis(connection):
        return
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION postgis"))
    except ProgrammingError:  # only a superuser may
        return


def column_type(connection: Connection) -> str:
    """The SQL type of a new point column in this database."""
    geometry = Geometry("POINT", srid=WGS84)
    return geometry.compile(dialect=connection.dialect) if has_postgis(connection) else "bytea"
