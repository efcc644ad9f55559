"""What Alembic runs: the connection is given by storage/migrate.py, which also holds the lock."""

from alembic import context

from storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
    transactional_ddl=False,  # storage/migrate.py opened one transaction around everything
)
context.run_migrations()
