"""Alembic's entry: the connection, and its transaction, are `nova.db.migrating`'s."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
