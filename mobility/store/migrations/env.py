"""Run by Alembic with the connection that :func:`mobility.store.migrations.migrate` opened."""

from __future__ import annotations

from alembic import context

from mobility.store.tables import agency

context.configure(connection=context.config.attributes["connection"], target_metadata=agency.metadata)
with context.begin_transaction():
    context.run_migrations()
