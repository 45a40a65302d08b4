"""Look up what can be booked, and a service's rules in plain language."""

from __future__ import annotations

from typing import Literal

from mobility.actions.context import Context
from mobility.domain.accounts import Actor
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
