"""Alembic's entry: the connection comes from `nova.placement.db.sync`."""

from alembic import context

from nova.placement.db.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
