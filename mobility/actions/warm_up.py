"""Compile and load before the first caller waits for it."""

from __future__ import annotations

from mobility.actions.context import Context
from mobility.domain.accounts import system_actor
from mobility.domain.datasets import DatasetKind
from routing.dialaride.insertion import warm_up as warm_up_insertion


def warm_up(context: Context) -> None:
    """Load every agency's network and compile the engine's kernels (seconds the first time, cached on disk after)."""
    warm_up_insertion()
    with context.store.transaction() as tx:
        for agency in tx.list_agencies():
            system = system_actor(agency.id)
            if tx.find_dataset(system, DatasetKind.STREETS) is not None:
                context.network(tx, system).streets.warm_up()
