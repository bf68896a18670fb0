"""What a city is: levels, years, systems, tiles, coverage, sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cim_bridge.levels import LEVELS
from twin_server.answers.sources import source_labels
from twin_server.answers.themes import milestone_items
from twin_server.problems import project_ref
from twin_server.twin import Twin


def city_answer(twin: Twin, project_states: Mapping[str, str]) -> dict[str, Any]:
    """Everything a viewer needs to begin."""
    config = twin.folder.config
    manifest = twin.model.manifest if twin.model else {}
    publication = twin.publication
    years, periods = twin.years, _periods(twin)
    return {
        "name": dict(config.name),
        "synthetic": config.synthetic or bool(manifest.get("synthetic", False)),
        "extent": manifest.get("extent"),
        "crs": manifest.get("crs", config.crs),
        "levels": _levels(twin, manifest),
        "years": [
            {
                "year": year,
                "cutoff": config.cutoff(year).isoformat(),
                "periods": len(periods.get(year, ())),
            }
            for year in years
        ],
        "year": years[-1] if years else None,
        "as_of": config.day().isoformat(),
        "system": config.default_system,
        "systems": [
            {"id": item.id, "label": dict(item.label), "indicators": len(item.indicators)}
            for item in twin.systems.values()
        ],
        "publication": None if publication is None else publication.to_json(),
        "model": twin.model.digest if twin.model else None,
        "results": twin.results.digest if twin.results else None,
        "tilesets": _tilesets(twin, manifest),
        "bound": twin.bound,
        "parents": {level: parents_column(twin, level) for level in manifest.get("parents", {})},
        "coverage": twin.results.manifest["coverage"] if twin.results else {},
        "problems": twin.problems.counts(),
        "projects": _projects(twin, project_states),
        "sources": _sources(twin, manifest),
        "source_labels": {name: dict(label) for name, label in source_labels(config).items()},
        "attribution": _attribution(twin, manifest),
        "languages": list(config.languages),
        "scope": config.scope,
        "milestones": milestone_items(twin),
    }


def parents_column(twin: Twin, level: str) -> dict[str, Any]:
    """The column that names the row of each building's parent at a level."""
    manifest = twin.model.manifest if twin.model else {}
    item = manifest["parents"][level]
    return {
        "url": f"/columns/{item['sha256'][:32]}/parents.{level}.u32",
        "dtype": "u32",
        "length": item["length"],
        "digest": item["sha256"],
    }


def _levels(twin: Twin, manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    known = manifest.get("levels", {})
    tilesets = {item.get("level"): name for name, item in manifest.get("tilesets", {}).items()}
    return [
        {
            "level": level,
            "label": dict(twin.folder.config.label(level)),
            "count": known[level]["count"],
            "rows": known[level].get("rows", known[level]["count"]),
            "tileset": _tileset_url(twin, tilesets[level]) if level in tilesets else None,
        }
        for level in LEVELS
        if level in known
    ]


def _tileset_url(twin: Twin, name: str) -> str:
    digest = twin.model.digest if twin.model else ""
    return f"/tiles/{digest}/{name}/tileset.json"


def _tilesets(twin: Twin, manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {
            "url": _tileset_url(twin, name),
            "kind": item.get("kind"),
            "level": item.get("level"),
            "massing_level": item.get("massing_level"),
            "profile": item.get("profile"),
            "features": item.get("features"),
        }
        for name, item in manifest.get("tilesets", {}).items()
    }


def _periods(twin: Twin) -> dict[int, set[str]]:
    """Periods that stand for each year."""
    found: dict[int, set[str]] = {}
    for item in twin.results.manifest["columns"] if twin.results else ():
        found.setdefault(int(item["year"]), set()).add(item["period"])
    return found


def _projects(twin: Twin, states: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in twin.problems.project_rows:
        state = project_ref(row, states)["state"]
        found[state] = found.get(state, 0) + 1
    return found


def _sources(twin: Twin, manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    models = [
        {
            "name": item.get("name"),
            "kind": "model",
            "attribution": item.get("attribution") or None,
            "licence": item.get("licence") or None,
            "features": item.get("features"),
        }
        for item in manifest.get("sources", [])
    ]
    rows: dict[str, int] = {}
    for batch in twin.batches.values():
        rows[batch["source"]] = rows.get(batch["source"], 0) + int(batch.get("rows", 0))
    values = [
        {
            "name": name,
            "kind": "values",
            "attribution": None,
            "licence": None,
            "features": count,
            "source_kind": twin.source_kinds[name],
        }
        for name, count in rows.items()
    ]
    return [*models, *values]


def _attribution(twin: Twin, manifest: Mapping[str, Any]) -> list[str]:
    named = [item.get("attribution") for item in manifest.get("sources", [])]
    return list(dict.fromkeys(filter(None, [*twin.folder.config.attribution, *named])))
