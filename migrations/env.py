"""Runs migrations on the connection that `oriel.service.schema` hands in, or on the settings' own."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from oriel.service import db, schema
from oriel.service.settings import Settings


def run(connection: Connection) -> None:
    """All that is asked for, as one transaction: it happens as a whole or not at all."""
    context.configure(connection, **schema.comparison())
    with context.begin_transaction():
        context.run_migrations()


async def run_on_the_settings_database() -> None:
    """What the `alembic` command of a contributor does."""
    engine = db.engine_of(Settings.read().database_url, foreign_keys=False)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is None:
    asyncio.run(run_on_the_settings_database())
else:
    run(given)
