"""Indicator overlays: systems, values, measures, diagnosis, overlay columns.

Pure functions on tables; it serves nothing and stores nothing in SQL.
"""

from pathlib import Path

from cim_bridge.issues import register_codes

for _file in sorted((Path(__file__).parent / "codes").glob("*.toml")):
    register_codes(_file)
