"""Alembic's entry point: the tables of cases.models, on SQLite or PostgreSQL, in one transaction.

`python -m cases migrate` brings a database up to date. After a change of a model:
`.venv/bin/alembic revision --autogenerate -m "what changed"`, then read what it wrote.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context
from sqlalchemy.engine import Connection

from cases.db import make_engine
from cases.models import Base
from cases.models.base import Json, UtcDateTime
from cases.settings import get_settings

MIGRATION_LOCK = 7_203_114  # any number that nothing else in the database locks with


def run() -> None:
    """Migrate on a connection of our own."""
    engine = make_engine(context.config.attributes.get("url") or get_settings().database_url)
    with engine.connect() as connection:
        configure(connection)
        with connection.begin(), context.begin_transaction():
            if connection.dialect.name == "postgresql":  # two that start at once migrate one after the other
                connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            context.run_migrations()
    engine.dispose()


def configure(connection: Connection | None) -> None:
    """How revisions are compared and written."""
    context.configure(
        connection=connection,
        dialect_name=None if connection else "postgresql",
        target_metadata=Base.metadata,
        compare_type=compare_type,
        render_item=render_item,
        render_as_batch=True,
        transactional_ddl=True,
        literal_binds=connection is None,
    )


def compare_type(_context: Any, _inspected: Any, _column: Any, _found: Any, wanted: Any) -> bool | None:
    """Our own types and the enums that are plain texts always look different; Alembic judges the others."""
    return False if isinstance(wanted, (UtcDateTime, sa.Enum)) or wanted is Json else None


def render_item(kind: str, item: Any, autogen: Any) -> str | bool:
    """Write our own types as what they are in the database, so that a revision does not depend on today's code."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    if isinstance(item, (sa.JSON, sa.types.Variant)):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


if context.is_offline_mode():
    configure(None)
    with context.begin_transaction():
        context.run_migrations()
else:
    run()
