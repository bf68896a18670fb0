"""A 3DCityDB v5 (PostgreSQL with PostGIS) as a source.

The tables are those of https://github.com/3dcitydb/3dcitydb (Apache-2.0); the database is only
read, in one snapshot, and what it holds goes the way of CityGML: same units, same triangles.
"""

SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")


def is_database(text: str) -> bool:
    """Whether a source is written as the address of a PostgreSQL database."""
    scheme, sign, _ = text.partition("://")
    return bool(sign) and scheme.lower() in SCHEMES
