"""A 3DCityDB v5 (PostgreSQL with PostGIS) as a source.

The tables are those of https://github.com/3dcitydb/3dcitydb (Apache-2.0); the database is only
read, in one snapshot, and what it holds goes the way of CityGML: same units, same triangles.
"""
