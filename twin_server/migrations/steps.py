"""Steps that find what is there already.

Databases made before versions were written have the tables of the day they were last opened and
no version: they take every step from the first one.
"""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import Index, inspect
from sqlalchemy.schema import SchemaItem


def add_table(name: str, *items: SchemaItem) -> None:
    """Make a table, with its indexes, unless it is there."""
    if name not in inspect(op.get_bind()).get_table_names():
        op.create_table(name, *(item for item in items if not isinstance(item, Index)))
        for item in items:
            if isinstance(item, Index):
                op.create_index(item.name, name, list(item.expressions))


def change_type(table: str, columns: tuple[str, ...], old: Any, new: Any) -> None:
    """Give columns of a table another type; SQLite copies the table for it."""
    with op.batch_alter_table(table) as batch:
        for name in columns:
            batch.alter_column(name, existing_type=old, type_=new, existing_nullable=False)
