"""Where one number comes from: its sources, its inputs, its method, the file and cell."""

from __future__ import annotations

from typing import Any

from indicator_overlays.origins import BETWEEN
from twin_server.answers.qualitative import remarks_of
from twin_server.answers.systems import find_indicator, indicator_short
from twin_server.answers.unit_file import address, via_of
from twin_server.coded import CodedTable
from twin_server.errors import Missing
from twin_server.twin import Twin

_CANDIDATE = (
    "source", "source_kind", "value", "state", "numerator", "denominator", "unit", "batch",
    "place", "cutoff_date", "method", "method_version", "note", "adopted",
)  # fmt: skip


def value_answer(twin: Twin, written: str) -> dict[str, Any]:
    """The value at an address `<system>/<indicator>/<unit id>/<period>`."""
    system, code, unit_id, period = _parts(twin, written)
    indicator = find_indicator(twin, system, code)
    index = twin.unit(unit_id)
    value, candidates = _read(twin, system, code, unit_id, period)
    found = value or next((item for item in candidates if item.get("adopted")), None)
    if found is None:
        raise Missing("UNKNOWN_VALUE", f"no value at {written}")
    batches = _batches(found)
    return {
        "address": address(indicator, unit_id, period),
        "value": found.get("value"),
        "state": found.get("state"),
        "unit": found.get("unit") or indicator.unit,
        "period": {
            "code": period,
            "start": found.get("period_start"),
            "end": found.get("period_end"),
        },
        "numerator": found.get("numerator"),
        "denominator": found.get("denominator"),
        "method": found.get("method") or None,
        "method_version": found.get("method_version") or None,
        "source": found.get("source"),
        "source_kind": found.get("source_kind"),
        "adopted": value is not None,
        "conflict": bool(found.get("conflict")),
        "candidates": [item | {"batch": _only(_batches(item))} for item in candidates],
        "inputs": _inputs(twin, [found, *candidates]),
        "batch": _only(batches),
        "place": found.get("place"),
        "cutoff_date": found.get("cutoff_date"),
        "note": found.get("note") or None,
        "via": via_of(found),
        "qualitative": [
            item
            for item in remarks_of(twin, unit_id).get((system, code), [])
            if item["period"] == period
        ],
        "indicator": indicator_short(indicator),
        "unit_ref": twin.units.ref(index),
        "publication": twin.publication.to_json() if twin.publication else None,
    }


def _parts(twin: Twin, written: str) -> tuple[str, str, str, str]:
    """Split an address; ids and periods may hold slashes, so every split is tried."""
    pieces = written.split("/")
    if len(pieces) < 4:
        raise Missing("BAD_ADDRESS", "an address is <system>/<indicator>/<unit id>/<period>")
    for cut in range(len(pieces) - 1, 2, -1):
        unit_id = "/".join(pieces[2:cut])
        if twin.units.find(unit_id) is not None:
            return pieces[0], pieces[1], unit_id, "/".join(pieces[cut:])
    raise Missing("UNKNOWN_UNIT", f"no unit {'/'.join(pieces[2:-1])!r} in the published model")


def _read(
    twin: Twin, system: str, code: str, unit_id: str, period: str
) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """(the value that is shown, what every source said)."""
    if twin.results is None:
        return None, []
    where = {"system": system, "indicator": code, "period": period}
    shown = CodedTable(twin.results.unit_values(unit_id))
    told = CodedTable(twin.results.unit_candidates(unit_id))
    values = shown.records(shown.where(**where)[:1])
    return (values[0] if values else None), told.records(told.where(**where), _CANDIDATE)


def _batches(row: dict[str, Any]) -> list[str]:
    """The deliveries of a value: one, or all that were rolled up into it."""
    return [name for name in str(row.get("batch") or "").split(BETWEEN) if name]


def _only(batches: list[str]) -> str | None:
    return batches[0] if len(batches) == 1 else None


def _inputs(twin: Twin, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Files, by hash, of every delivery that took part; only the file of a value read from one."""
    inputs: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        place = str(row.get("place") or "")
        for name in _batches(row):
            files = twin.batches.get(name, {}).get("files", [])
            mine = [item for item in files if place.startswith(f"{item['name']}!")]
            for item in mine or files:
                inputs[item["name"], item["sha256"]] = {**item, "batch": name}
    return list(inputs.values())
