"""Put a service file into use."""

from __future__ import annotations

from mobility.actions.context import Context
from mobility.actions.logbook import write_logbook
from mobility.actions.watch_credentials import close_runs
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.office import LogbookKind
from mobility.domain.services import Service
from mobility.files.service_file import read_service
from mobility.store.interface import Transaction


def load_service(context: Context, agency_id: str, text: str, name: str, actor: Actor | None = None) -> Service:
    """Check a service file and replace the service of that id (the text before is kept as a version).

    Raises:
        InvalidInputError: the file is not right; every problem with its line. Nothing is changed.
    """
    service = read_service(text, name)

    def work(tx: Transaction) -> None:
        tx.save_service(agency_id, service, text)
        for driver in tx.list_drivers(system_actor(agency_id)):
            if driver.provider_id == service.carrier.provider_id:
                close_runs(context, tx, driver)
        write_logbook(context, tx, actor or system_actor(agency_id), LogbookKind.SERVICE_SAVED, service.id)

    context.store.in_transaction(work)
    return service
