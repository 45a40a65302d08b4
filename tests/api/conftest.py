"""The web fixtures for these tests."""

from __future__ import annotations

from tests.county_web import database_web, make_web, web

__all__ = ["database_web", "make_web", "web"]
