"""Results with nothing veiled, for those who have the right to single buildings."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from indicator_overlays.results_reader import Results, UnitRows
from twin_server.twin import Twin

_KEPT = "whole"


class WholeResults(Results):
    """A results release whose sensitive values of a unit come from its restricted half."""

    @cached_property
    def _own_values(self) -> UnitRows:
        return UnitRows(self.path / "private" / "values.parquet")

    @cached_property
    def _own_candidates(self) -> UnitRows:
        return UnitRows(self.path / "private" / "candidates.parquet")

    def unit_values(self, unit_id: str) -> pa.Table:
        """Every value of a unit; what readers see of sensitive ones gives way to the whole."""
        return _instead(super().unit_values(unit_id), self._own_values.of(unit_id))

    def unit_span(self, unit_id: str) -> tuple[int, int, int] | None:
        """Where a unit's values lie together; None where some come from the restricted half."""
        return None if self._own_values.of(unit_id).num_rows else super().unit_span(unit_id)

    def unit_candidates(self, unit_id: str) -> pa.Table:
        """What every source said about a unit, sensitive indicators included."""
        return _instead(super().unit_candidates(unit_id), self._own_candidates.of(unit_id))


def whole_twin(twin: Twin) -> Twin:
    """The same city with nothing veiled in unit files and values; made once a publication."""
    if twin.results is None or not (twin.results.path / "private" / "values.parquet").is_file():
        return twin
    if _KEPT not in twin.answers:
        made = replace(twin, results=WholeResults(twin.results.path), answers={})
        for name in ("units", "problems", "batches", "source_kinds", "years"):
            made.__dict__[name] = getattr(twin, name)  # the same for everyone, and large
        twin.answers[_KEPT] = made
    found: Twin = twin.answers[_KEPT]
    return found


def _instead(public: pa.Table, own: pa.Table) -> pa.Table:
    """Rows of both, but of indicators that `own` tells of its rows only."""
    if not own.num_rows:
        return public
    mine = set(zip(own["system"].to_pylist(), own["indicator"].to_pylist(), strict=True))
    pairs = zip(public["system"].to_pylist(), public["indicator"].to_pylist(), strict=True)
    kept = public.filter(pa.array([pair not in mine for pair in pairs], pa.bool_()))
    return pa.concat_tables([_plain(kept), _plain(own)], promote_options="default")


def _plain(table: pa.Table) -> pa.Table:
    """Without dictionaries, so that tables of two files fit together."""
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            words = pc.cast(table.column(place), field.type.value_type)
            table = table.set_column(place, field.name, words)
    return table
