"""What can be booked, and by which rules."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from api.auth import ActorDep, ContextDep
from api.fields import PathIdentifier
from mobility.actions.read_services import list_services, read_service_rules

router = APIRouter(tags=["services"])


class ServiceOut(BaseModel):
    """A service in short."""

    id: str
    name: str
    form: str
    carrier: str
    telephone: str


class RulesOut(BaseModel):
    """A service's rules in plain language, section by section."""

    service_id: str
    language: str
    sections: list[dict[str, str | list[str]]]


@router.get("/services")
def get_services(context: ContextDep, actor: ActorDep) -> list[ServiceOut]:
    """All services of the agency."""
    return [
        ServiceOut(id=s.id, name=s.name, form=s.form.value, carrier=s.carrier.name, telephone=s.carrier.telephone)
        for s in list_services(context, actor)
    ]


@router.get("/services/{service_id}/rules")
def get_rules(service_id: PathIdentifier, context: ContextDep, actor: ActorDep, language: Literal["de", "en"] = "de") -> RulesOut:
    """The page of rules, made from the service file."""
    sections = read_service_rules(context, actor, service_id, language)
    return RulesOut(
        service_id=service_id,
        language=language,
        sections=[{"heading": section.heading, "sentences": list(section.sentences)} for section in sections],
    )
