"""Alembic's steps from the first version of the tables to this program's."""
