"""Style sheets, scripts and icons: kept by the browser, and asked for anew whether they have changed (ETag)."""

from __future__ import annotations

from fastapi import Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope


class Static(StaticFiles):
    """Files that hold nothing about anybody, so a browser may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response
