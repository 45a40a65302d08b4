"""The machine-readable description (OpenAPI 3.1): every refusal is a problem document, and says so."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.errors import Problem, title_of

_ANYWHERE = (400, 413, 422, 503)
_SIGNED_IN = (401, 403)
_WITH_PATH = (404,)
_CHANGES = (409, 415)
_AT_A_PACE = ("/gofs/wait_time", "/gofs/realtime_booking")


def describe(app: FastAPI) -> None:
    """Let ``app.openapi()`` tell which refusals each operation has."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _tell_refusals(made())
        assert app.openapi_schema is not None  # noqa: S101 - made() has set it
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way to extend the description


def _tell_refusals(document: dict[str, Any]) -> None:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = document["components"]["schemas"]
    for gone in ("HTTPValidationError", "ValidationError"):
        schemas.pop(gone, None)
    schemas |= schema.pop("$defs") | {"Problem": schema}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for status in _refusals(path, method, operation):
                operation["responses"][str(status)] = _response(status)


def _refusals(path: str, method: str, operation: dict[str, Any]) -> tuple[int, ...]:
    """The statuses with which an operation may refuse."""
    found: tuple[int, ...] = _ANYWHERE
    found += _SIGNED_IN if operation.get("security") else ()
    found += _WITH_PATH if "{" in path or "requestBody" in operation else ()
    found += _CHANGES if method in ("post", "delete") else ()
    if path.endswith(_AT_A_PACE):
        found += (429,)
    return (*found, 401, 429) if path == "/sessions" else found


def _response(status: int) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": title_of(status), "content": content}
