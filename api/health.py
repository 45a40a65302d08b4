"""Is it alive, and can it do its work?"""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from api.auth import ContextDep
from mobility.actions.check_health import check_health

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """``ready`` when the database answers."""

    status: str


@router.get("/healthz")
def get_health(context: ContextDep) -> Health:
    """Answers only when the database does."""
    check_health(context)
    return Health(status="ready")
