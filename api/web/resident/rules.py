"""The rules of each service in plain language, made from its file; for everybody."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.language import language_of
from api.web.map_drawing import draw_service
from api.web.rendering import AnyoneDep, PageRoute, page
from mobility.actions.look_at_service import look_at_service
from mobility.actions.read_services import list_public_services, read_public_rules
from mobility.publishing.gofs import why_not

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/rules")
def services_page(request: Request, context: ContextDep, _: AnyoneDep) -> Response:
    """Which services there are."""
    services = list_public_services(context)
    in_gofs = sorted({agency_id for agency_id, service in services if why_not(service) is None})
    return page(request, "resident/services.html", services=services, in_gofs=in_gofs)


@router.get("/rules/{agency_id}/{service_id}")
def rules_page(
    request: Request, agency_id: PathIdentifier, service_id: PathIdentifier, context: ContextDep, _: AnyoneDep
) -> Response:
    """One service's rules, and where it drives."""
    service, sections = read_public_rules(context, agency_id, service_id, language_of(request))
    seen = look_at_service(context, agency_id, service_id)
    drawn = None if seen is None else draw_service(seen)
    return page(request, "resident/rules.html", service=service, sections=sections, map=drawn, seen=seen)
