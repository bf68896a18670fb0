"""CityJSON and CityJSONSeq of a model release, each file with the proof of its equality.

A source that was CityJSON and whose files are still there, by hash, is passed through: its own
text with attributes added, in its own version. Buildings of every other source are written from
the stored triangles as CityJSON 2.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import orjson

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import Mesh, finest
from cim_bridge.release import UNITS, ModelRelease
from cim_bridge.table import Columns, by_level, read_columns
from cim_bridge.writers.added import Added
from cim_bridge.writers.meshed import bodies_of, header, objects, sequence
from cim_bridge.writers.originals import originals
from cim_bridge.writers.passing import Object, Raw, document, encode, lines, told
from cim_bridge.writers.proof import Proof, same_mesh, same_shapes, same_text
from cim_bridge.writers.regroup import joined, split, text_of

FORMS = ("cityjson", "cityjsonseq")
ENDINGS = {"cityjson": ".city.json", "cityjsonseq": ".city.jsonl"}


@dataclass(frozen=True)
class _Piece:
    """One file to write: passed through from `original`, or made of the mesh."""

    name: str
    form: str = ""
    original: Path | None = None
    source: dict[str, Any] | None = None


def write_cityjson(
    folder: CityFolder, model: ModelRelease, out: Path, form: str, added: Added
) -> list[Proof]:
    """Write the model; `out` becomes a folder when it was made of several files."""
    levels = living(model)
    pieces = _pieces(folder, model)
    rest = _rest(levels.get("building"), {piece.source["name"] for piece in pieces if piece.source})
    if rest is not None:
        pieces.append(_Piece("buildings"))
    if not pieces:
        log = IssueLog()
        log.add("WRITER_NOTHING", form=form)
        log.raise_if_errors()
    many = len(pieces) > 1
    if many:
        out.mkdir(parents=True, exist_ok=True)
    proofs = []
    for piece in pieces:
        path = out / (piece.name + ENDINGS[form]) if many else out
        if piece.original is not None:
            proofs.append(_pass(piece, path, form, added, levels))
        elif rest is not None:
            proofs.append(_mesh(model, rest, path, form, added))
    return proofs


def _pieces(folder: CityFolder, model: ModelRelease) -> list[_Piece]:
    """The originals that are still there; a name that comes twice is numbered."""
    found: list[_Piece] = []
    for source in model.manifest["sources"]:
        if source["reader"] in FORMS and source.get("layer") in (None, "buildings"):
            for path in originals(folder, source) or ():
                stem = path.name.split(".")[0]
                taken = {"buildings", *(piece.name for piece in found)}
                name = stem if stem not in taken else f"{stem}-{len(found) + 1}"
                found.append(_Piece(name, source["reader"], path, source))
    return found


def _rest(buildings: Columns | None, passed: set[str]) -> Columns | None:
    """Buildings of the sources that are not passed through."""
    if buildings is None:
        return None
    left = ~np.isin(buildings["source"].astype(str), list(passed))
    return {name: values[left] for name, values in buildings.items()} if left.any() else None


def living(model: ModelRelease) -> dict[str, Columns]:
    """Columns of the units that are there, by level."""
    columns = read_columns(model.path / UNITS)
    keep = ~columns["removed"].astype(bool)
    return by_level({name: values[keep] for name, values in columns.items()})


def _pass(piece: _Piece, path: Path, form: str, added: Added, levels: dict[str, Columns]) -> Proof:
    source, original = piece.source or {}, piece.original
    assert original is not None  # noqa: S101 - the caller has looked
    unit = _unit_of(source, levels)
    same = piece.form == form
    proof = Proof(path.name, "pass-through" if same else "regrouped", original.name)
    parts: Iterable[dict[str, Raw]] = _parts(original, piece.form)
    if not same:
        made = split(document(original)) if form == "cityjsonseq" else iter([joined(parts)])
        parts = map(text_of, made)
    count = 0
    with path.open("wb") as out:
        for part in parts:
            count += told(part, added, unit)
            out.write(encode(part, one_line=form == "cityjsonseq") + b"\n")
    compare = same_text if same else same_shapes
    compare(proof, _parts(original, piece.form), _parts(path, form))
    proof.attributes_added = count
    return proof


def _parts(path: Path, form: str) -> Iterator[dict[str, Raw]]:
    return lines(path) if form == "cityjsonseq" else iter([document(path)])


def _unit_of(source: dict[str, Any], levels: dict[str, Columns]) -> Callable[[str, Object], str]:
    """From a city object to the id of its unit; "" for one that is none."""
    known: dict[str, str] = {}
    for level in ("object", "building"):
        if level in levels:
            mine = levels[level]["source"] == source["name"]
            ids = levels[level]["id"][mine].tolist()
            names = levels[level]["source_id"][mine].tolist()
            own = (name.removeprefix(f"{source['name']}/") for name in names)
            known |= dict(zip(own, ids, strict=True))
    key = source.get("key")

    def unit(name: str, item: Object) -> str:
        if key is None:
            return known.get(name, "")
        told = msgspec.json.decode(item.get("attributes", Raw(b"{}"))) or {}
        return known.get(str(told.get(key, "")), "")

    return unit


def _mesh(model: ModelRelease, rest: Columns, path: Path, form: str, added: Added) -> Proof:
    mesh = model.mesh()
    bodies = bodies_of(rest, mesh)
    head = header(bodies, model.manifest["crs"], model.path.parent.parent.name)
    with path.open("wb") as out:
        if form == "cityjsonseq":
            for part in sequence(bodies, added, head):
                out.write(orjson.dumps(part) + b"\n")
        else:
            found = {name: item for name, item, _ in _global(bodies, added)}
            whole = {**head, "CityObjects": found, "vertices": bodies.points.tolist()}
            out.write(orjson.dumps(whole) + b"\n")
    proof = Proof(path.name, "mesh")
    ids = rest["source_id"].astype(str).tolist()
    same_mesh(proof, path, ids, placed_mesh(mesh, rest))
    proof.attributes_added = sum(len(added.of(str(name))) for name in rest["id"])
    return proof


def placed_mesh(mesh: Mesh, columns: Columns) -> Mesh:
    """The finest triangles of some buildings; `feature` becomes the place in `columns`."""
    rows = columns["row"].astype(np.int64)
    table = np.full(max(int(rows.max(initial=0)), int(mesh.feature.max(initial=0))) + 1, 0xFFFFFFFF)
    table[rows] = np.arange(len(rows))
    moved = mesh.with_features(table)
    return moved.select((moved.feature != 0xFFFFFFFF) & finest(mesh))


def _global(bodies: Any, added: Added) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """City objects whose boundaries name vertices of the whole document."""
    from cim_bridge.writers.regroup import renumbered

    for name, item, used in objects(bodies, added):
        numbers = {"vertex": used.tolist().__getitem__}
        shapes = [renumbered(shape, numbers) for shape in item.get("geometry", ())]
        yield name, {**item, **({"geometry": shapes} if shapes else {})}, used
