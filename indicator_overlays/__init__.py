"""Indicator overlays: systems, values, measures, diagnosis, overlay columns.

Pure functions on tables; it serves nothing and stores nothing in SQL.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from cim_bridge.issues import register_codes
from cim_bridge.lazy import lazy_names

if TYPE_CHECKING:
    from indicator_overlays.assembly import assemble
    from indicator_overlays.indicator import Indicator, IndicatorSystem
    from indicator_overlays.measure import Measure
    from indicator_overlays.results import build_results
    from indicator_overlays.results_reader import Results
    from indicator_overlays.rule import Rule, load_rules
    from indicator_overlays.store import ValueStore
    from indicator_overlays.system import load_systems

__all__ = [
    "Indicator",
    "IndicatorSystem",
    "Measure",
    "Results",
    "Rule",
    "ValueStore",
    "assemble",
    "build_results",
    "load_rules",
    "load_systems",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Indicator": "indicator",
        "IndicatorSystem": "indicator",
        "Measure": "measure",
        "Results": "results_reader",
        "Rule": "rule",
        "ValueStore": "store",
        "assemble": "assembly",
        "build_results": "results",
        "load_rules": "rule",
        "load_systems": "system",
    },
)

for _file in sorted((Path(__file__).parent / "codes").glob("*.toml")):
    register_codes(_file)
