"""What rules and measures need of a published city: its units, facts, book of indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indicator_overlays.assembly import system_order
from indicator_overlays.evidence import Catalogue
from indicator_overlays.results_reader import Results
from indicator_overlays.unit_table import UnitTable
from twin_server.errors import Missing
from twin_server.twin import Twin

if TYPE_CHECKING:
    from indicator_overlays.city_shapes import CityShapes
    from indicator_overlays.whatif.ask import WhatIf


def results_of(twin: Twin) -> Results:
    """The published results; Missing where nothing is published."""
    if twin.results is None or twin.model is None:
        raise Missing("NO_RESULTS", "nothing is published yet: run `cimtwin publish` first")
    return twin.results


def rule_units(twin: Twin) -> UnitTable:
    """Units as rules see them; read once a publication."""
    if "rule units" not in twin.answers:
        results_of(twin)
        assert twin.model is not None  # noqa: S101 - results_of has seen to it
        twin.answers["rule units"] = UnitTable.of(twin.model)
    found: UnitTable = twin.answers["rule units"]
    return found


def book_of(twin: Twin) -> Catalogue:
    """Every indicator by (system, code)."""
    return Catalogue(
        {
            (system.id, code): indicator
            for system in twin.systems.values()
            for code, indicator in system.indicators.items()
        }
    )


def what_if(twin: Twin) -> WhatIf:
    """The published city, ready to be asked; made once a publication."""
    from indicator_overlays.whatif.ask import WhatIf

    if "what if" not in twin.answers:
        order = system_order(twin.systems, twin.folder.config.default_system)
        twin.answers["what if"] = WhatIf(results_of(twin), rule_units(twin), book_of(twin), order)
    found: WhatIf = twin.answers["what if"]
    return found


def shapes_of(twin: Twin, year: int) -> CityShapes:
    """Shapes and attributes as measures see them, for one checkup year; the latest one is kept."""
    from indicator_overlays.city_shapes import CityShapes
    from indicator_overlays.period import year_period

    key = ("shapes", year)
    if key not in twin.answers:
        results_of(twin)
        assert twin.model is not None  # noqa: S101 - results_of has seen to it
        for old in [k for k in twin.answers if isinstance(k, tuple) and k[0] == "shapes"]:
            del twin.answers[old]
        period = year_period(twin.folder.config.cutoff(year).year)
        twin.answers[key] = CityShapes(twin.model.units, period)
    found: CityShapes = twin.answers[key]
    return found
