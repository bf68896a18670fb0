"""The next version of the model: some buildings gone, new, moved, raised or told differently.

``model_next/`` holds the list of changes and the changed buildings; :func:`next_model` makes the
whole next model of them and the first one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from scenes.sample.books import write_csv
from scenes.sample.cityjson import Feature, header, write_sequence
from scenes.sample.fabric import stream
from scenes.sample.model import Stock, joined
from scenes.sample.people import People
from scenes.sample.tables import NOTE

KINDS = ("removed", "replaced", "moved", "raised", "renamed")
METRE = 1_000  # of the integers in CityJSON


@dataclass(frozen=True)
class Changes:
    """Rows of the buildings of each kind of change; ``replaced`` are removed and built anew."""

    rows: dict[str, NDArray[np.int64]]


def choose(people: People, seed: int) -> Changes:
    """One building in 500 of each kind, at least three."""
    count = max(3, len(people.ids) // 500)
    order = stream(seed, "next").permutation(len(people.ids))
    return Changes(
        {kind: np.sort(order[i * count : (i + 1) * count]) for i, kind in enumerate(KINDS)}
    )


def write_next(folder: Path, stock: Stock, seed: int) -> None:
    """``changes.csv`` and ``changed.city.jsonl``."""
    changes = choose(stock.people, seed)
    lines: list[tuple[str, str, str]] = []

    def changed() -> Iterator[Feature]:
        for kind, rows in changes.rows.items():
            for number, now in enumerate(stock.features(rows)):
                old, row = now[0], int(rows[number])
                new = f"L9{row:06d}" if kind == "replaced" else old
                lines.append((kind, old, "" if kind == "removed" else new))
                if kind != "removed":
                    yield _change(kind, now, new, number)

    frame = header(stock.corner, "Lanwan (fictitious): changed buildings")
    write_sequence(folder / "changed.city.jsonl", frame, changed())
    table = pd.DataFrame(lines, columns=["change", "id", "next_id"]).assign(note=NOTE)
    write_csv(folder / "changes.csv", table)


def _change(kind: str, now: Feature, new: str, number: int) -> Feature:
    old, objects, vertices = now
    vertices = vertices.copy()
    facts: dict[str, Any] = objects[old]["attributes"]
    if kind == "moved":
        vertices[:, :2] += np.array([400 + 50 * (number % 5), -300])
    if kind in ("raised", "replaced"):
        top = vertices[:, 2] > vertices[:, 2].min() + METRE
        vertices[top, 2] += 6 * METRE
        facts["measuredHeight"] = round(facts["measuredHeight"] + 6.0, 2)
        facts["storeysAboveGround"] += 2
    if kind == "replaced":
        facts["year_built"] = 2025
        objects = {name.replace(old, new): part for name, part in objects.items()}
        for part in objects.values():
            for key in ("children", "parents"):
                if key in part:
                    part[key] = [name.replace(old, new) for name in part[key]]
    if kind == "renamed":
        facts["name_zh"], facts["use"] = f"{facts['name_zh']}（新名）", "commercial"
    return new, objects, vertices


def next_model(out: Path) -> Path:
    """Write the whole next version beside the changes and return its path.

    Reads what :func:`scenes.sample.make_sample` wrote into ``out``.
    """
    folder, model = out / "model_next", out / "model"
    lines = (folder / "changed.city.jsonl").read_bytes().splitlines()[1:]
    table = pd.read_csv(folder / "changes.csv", dtype=str, keep_default_na=False)
    gone = set(table["id"])
    large = model / "buildings.city.jsonl"
    if large.exists():
        return _next_sequence(folder / large.name, large, lines, gone)
    whole = orjson.loads((model / "buildings.city.json").read_bytes())
    whole["CityObjects"] = {
        name: part
        for name, part in whole["CityObjects"].items()
        if (part.get("parents") or [name])[0] not in gone
    }
    made = (orjson.loads(line) for line in lines)
    new = ((each["id"], each["CityObjects"], np.array(each["vertices"])) for each in made)
    path = folder / "buildings.city.json"
    path.write_bytes(orjson.dumps(joined(whole, new)))
    return path


def _next_sequence(path: Path, large: Path, lines: list[bytes], gone: set[str]) -> Path:
    with large.open("rb") as source, path.open("wb") as out:
        for number, line in enumerate(source):
            if number == 0 or orjson.loads(line)["id"] not in gone:
                out.write(line)
        out.writelines(line + b"\n" for line in lines)
    return path
