"""The demo county on real PostgreSQL, with a connection for every client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mobility.store.postgres import PostgresStore
from tests.county import County, CountyFiles, open_county
from tests.integrity.last_seat import CLIENTS


@pytest.fixture
def county(county_files: CountyFiles, database_url: str) -> Iterator[County]:
    """On the bundled PostgreSQL."""
    store = PostgresStore(database_url, pool_size=CLIENTS + 2)
    yield open_county(store, county_files)
    store.close()


@pytest.fixture
def postgis_county(county_files: CountyFiles, request: pytest.FixtureRequest) -> Iterator[County]:
    """On PostgreSQL 15 with PostGIS."""
    with request.getfixturevalue("postgis_cluster").fresh_database() as url:
        store = PostgresStore(url, pool_size=CLIENTS + 2)
        yield open_county(store, county_files)
        store.close()
