"""The logs that nobody can edit: the database itself refuses to change or delete their lines (service-rules A083)."""

from __future__ import annotations

from sqlalchemy import DDL, event
from sqlalchemy.schema import Table

from cases.models.claims import AuditEntry
from cases.models.complaints import ComplaintEvent

SQLITE = """CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END $$"""
POSTGRES_ROWS = """CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_change()"""
POSTGRES_ALL = """CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""


def guard(table: Table) -> None:
    """Give a table its triggers when it is made (the migration does the same for a database that is there)."""
    statements = {
        "sqlite": [SQLITE.format(table=table.name, verb=verb) for verb in ("UPDATE", "DELETE")],
        "postgresql": [POSTGRES_FUNCTION, *(text.format(table=table.name) for text in (POSTGRES_ROWS, POSTGRES_ALL))],
    }
    for dialect, texts in statements.items():
        for text in texts:
            event.listen(table, "after_create", DDL(text).execute_if(dialect=dialect))


for logged in (ComplaintEvent.__table__, AuditEntry.__table__):
    guard(logged)
