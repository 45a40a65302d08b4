"""Look up what can be booked, and a service's rules in plain language."""

from __future__ import annotations

from typing import Literal

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.services import Service
from mobility.files.plain_language import Section, describe


def list_services(context: Context, actor: Actor) -> list[Service]:
    """The services the actor may see."""
    with context.store.transaction() as tx:
        return tx.list_services(actor)


def read_service_rules(context: Context, actor: Actor, service_id: str, language: Literal["de", "en"]) -> list[Section]:
    """The page of rules, made from the service's file.

    Raises:
        NotFoundError: no such service for this actor.
    """
    with context.store.transaction() as tx:
        return describe(tx.get_service(actor, service_id), language)


def list_public_services(context: Context) -> list[tuple[str, Service]]:
    """Every service of every agency, with the agency's id: what can be booked is public."""
    with context.store.transaction() as tx:
        agencies = [agency.id for agency in tx.list_agencies()]
        return [(agency_id, service) for agency_id in agencies for service in tx.list_services(system_actor(agency_id))]


def read_public_rules(
    context: Context, agency_id: str, service_id: str, language: Literal["de", "en"]
) -> tuple[Service, list[Section]]:
    """A service and its page of rules, for everybody.

    Raises:
        NotFoundError: no such service.
    """
    with context.store.transaction() as tx:
        service = tx.get_service(system_actor(agency_id), service_id)
    return service, describe(service, language)


def list_service_texts(context: Context, actor: Actor, service_id: str) -> list[str]:
    """Every text of a service ever saved, the oldest (version 1) first.

    Raises:
        NotFoundError: no such service for this actor.
    """
    with context.store.transaction() as tx:
        return tx.list_service_sources(actor, service_id)
