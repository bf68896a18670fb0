"""Ids of problems and projects and names of sources may be as long as their data has them.

SQLite never held them to a length; PostgreSQL does.
"""

from __future__ import annotations

from sqlalchemy import String, Text

from twin_server.migrations.steps import change_type

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Texts without a length."""
    change_type("problem_state", ("problem_id",), String(128), Text())
    change_type("project_state", ("project_id",), String(128), Text())
    change_type("workflow_item", ("id",), String(300), Text())
    change_type("workflow_event", ("id",), String(300), Text())
    change_type("value_decision", ("address",), String(600), Text())
    change_type("value_decision", ("source",), String(300), Text())
