"""Public and private halves of what a city knows: what of single buildings everyone may see.

A sensitive value of a building is answered as its block's, where the block may show one; else it
is withheld. All buildings of a block are answered alike, so that having been looked at tells
nothing either. Sums of too few are withheld at every level (see `atoms`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from indicator_overlays.assembly import Assembly
from indicator_overlays.keycodes import Columned, is_one_of, is_pair
from indicator_overlays.lines import Lines, Rows, Valued, joined
from indicator_overlays.privacy.plan import Flags, Plan, plan_of
from indicator_overlays.privacy.sensitive import Pair, sensitive_pairs
from indicator_overlays.privacy.surveyplan import survey_plan
from indicator_overlays.yearly import Group, Key, group_cells

BLOCK, WITHHELD = "block", "privacy"
"""Methods of public values: the block's, and none."""

BLOCK_NOTE = (
    "单栋数值受保护，此为所在街区的数值 / single buildings are protected: this is the block's"
)
WITHHELD_NOTE = "为保护个人信息不公开 / withheld to protect persons"

Family = tuple[str, str, int]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Veiled:
    """public: what everyone may see. private: the whole of what was veiled, None where nothing was.

    pairs: sensitive (system, code). plans: by (system, code, year); surveys are among them.
    """

    public: Assembly
    private: Assembly | None
    pairs: frozenset[Pair]
    plans: dict[Family, Plan]

    @property
    def codes(self) -> frozenset[str]:
        """Sensitive indicator codes, of any system."""
        return frozenset(code for _, code in self.pairs)

    def remarks(self, table: pa.Table) -> tuple[pa.Table, pa.Table]:
        """(what may be told, what is kept back): words tell as much as the number they stand by."""
        families = {family[:2] for family in self.plans} | self.pairs
        mine = _of_pairs(table, families)
        if not mine.any():
            return table, table.slice(0, 0)
        seen = _seen(self.public, families)
        told = pc.is_in(_keys(table), pc.unique(_keys(seen))).to_numpy(zero_copy_only=False)
        kept = pa.array(mine & (~told | is_one_of(table, "level", ("building",))))
        return table.filter(pc.invert(kept)), table.filter(kept)


@dataclass(frozen=True)
class _Piece:
    table: Valued
    rows: Rows
    groups: list[Group]


def veiled(parts: Assembly) -> Veiled:
    """Split an assembly; where nothing is sensitive the public half is the assembly itself."""
    config = parts.folder.config.privacy
    pairs = sensitive_pairs(parts.systems, config, parts.log)
    parts.log.raise_if_errors()
    plans = _plans(parts, pairs, config.k)
    touched = [g for g in parts.groups if (*g.key[:2], g.key.year) in plans]
    if not touched:
        return Veiled(parts, None, pairs, plans)
    public = _joined(parts, [_public(parts, group, plans) for group in _runs(parts.groups, plans)])
    table = _veiled_candidates(parts.candidates, public, pairs, plans)
    whole = [_slice(parts, [g]) for g in touched]
    private = _joined(parts, whole)
    mine = _of_pairs(parts.candidates, {family[:2] for family in plans})
    private = replace(private, candidates=parts.candidates.filter(mine))
    return Veiled(replace(public, candidates=table), private, pairs, plans)


def _plans(parts: Assembly, pairs: frozenset[Pair], k: int) -> dict[Family, Plan]:
    asked = _surveyed(parts)
    families: dict[Family, dict[str, Group]] = {}
    for group in parts.groups:
        if group.key[:2] in pairs or group.key[:2] in asked:
            key = (group.key.system, group.key.indicator, group.key.year)
            families.setdefault(key, {})[group.key.level] = group
    memo: dict[bytes, Plan] = {}
    return {
        key: plan_of(family, parts.table, parts.units, parts.membership, k, memo)
        if key[:2] in pairs
        else survey_plan(family, parts.table, parts.units, parts.membership, k)
        for key, family in families.items()
    }


def _surveyed(parts: Assembly) -> set[Pair]:
    """Indicators that some answers of persons stand behind."""
    if not any(manifest.get("of") == "survey" for _, manifest in parts.folder.list_batches()):
        return set()
    mine = parts.table.filter(is_one_of(parts.table, "method", ("survey",)))
    pairs = mine.select(["system", "indicator"]).table()
    found = pairs.group_by(["system", "indicator"]).aggregate([]).to_pylist()
    return {(row["system"], row["indicator"]) for row in found}


def _runs(groups: list[Group], plans: dict[Family, Plan]) -> list[list[Group]]:
    """Groups as they lie, those that stay as they are together: one slice for all of them."""
    found: list[list[Group]] = []
    open_run = False
    for group in groups:
        plain = (*group.key[:2], group.key.year) not in plans
        if plain and open_run:
            found[-1].append(group)
        else:
            found.append([group])
        open_run = plain
    return found


def _slice(parts: Assembly, groups: list[Group]) -> _Piece:
    start = groups[0].offset
    length = sum(len(group.cells.row) for group in groups)
    return _Piece(parts.table.slice(start, length), parts.rows[start : start + length], groups)


def _joined(parts: Assembly, pieces: list[_Piece]) -> Assembly:
    """An assembly of pieces in order; offsets count in the new table."""
    groups, offset = [], 0
    for piece in pieces:
        for group in piece.groups:
            groups.append(replace(group, offset=offset))
            offset += len(group.cells.row)
    table = joined([piece.table for piece in pieces], parts.table)
    rows = np.concatenate([np.zeros(0, np.int32), *(piece.rows for piece in pieces)])
    return replace(parts, table=table, rows=rows, groups=groups)


def _public(parts: Assembly, groups: list[Group], plans: dict[Family, Plan]) -> _Piece:
    key = groups[0].key
    plan = plans.get((key.system, key.indicator, key.year))
    piece = _slice(parts, groups)
    if plan is None:
        return piece
    if key.level == "building" and key.level not in plan.shown:
        table, rows = _buildings(parts, piece, plan, _block_group(parts, key))
    else:
        shown = plan.shown.get(key.level)
        hide = np.isfinite(groups[0].cells.value) & (
            ~shown[piece.rows] if shown is not None else np.ones(len(piece.rows), bool)
        )
        table, rows = _hidden(_written(piece), hide), piece.rows
    return _Piece(table, rows, group_cells(table, rows)[1])


def _block_group(parts: Assembly, key: Key) -> Group | None:
    return next((g for g in parts.groups if g.key == key._replace(level="block")), None)


def _buildings(
    parts: Assembly, piece: _Piece, plan: Plan, block: Group | None
) -> tuple[pa.Table, Rows]:
    """Public rows of single buildings: their block's value, nothing, or a state of their own."""
    units = parts.units.level("building")
    place, alive = parts.units.parent_rows("building", "block"), ~units.removed
    blocks = len(parts.units.level("block"))
    line = np.full(max(blocks, 1), -1, np.int64)
    open_ = np.zeros(max(blocks, 1), bool)
    held = np.zeros(max(blocks, 1), bool)
    held[place[plan.valued & (place >= 0)]] = True
    if block is not None:
        line[block.cells.row] = block.offset + np.arange(len(block.cells.row))
        open_[: len(plan.open("block"))] = plan.open("block")
    inside = (place >= 0) & alive
    alone = bool(np.any(plan.valued & (place < 0)))
    told = inside & open_[place] & (line[place] >= 0)
    secret = alive & ~told & np.where(place >= 0, held[place], alone)
    ids = units.ids
    given, dark = np.flatnonzero(told), np.flatnonzero(secret)
    shown = _as_block(parts.table.take(line[place[given]]).table(), ids[given])
    own = _written(piece)
    template = shown.slice(0, 1) if len(given) else own.slice(0, 1)
    nothing = template.take(np.zeros(len(dark), np.int64))
    nothing = _put(nothing, unit_id=pa.array(ids[dark], pa.string()), level="building")
    nothing = _hidden(nothing, np.ones(len(dark), bool))
    kept = ~(told | secret)[piece.rows]
    rest = _put(own.filter(pa.array(kept)), numerator=None, denominator=None, note="", place="")
    rows = np.concatenate([given, dark, piece.rows[kept]]).astype(np.int64)
    order = np.argsort(rows, kind="stable")
    return pa.concat_tables([shown, nothing, rest]).take(order), rows[order]


def _written(piece: _Piece) -> pa.Table:
    return piece.table.table() if isinstance(piece.table, Lines) else piece.table


def _as_block(table: pa.Table, ids: npt.NDArray[np.object_]) -> pa.Table:
    return _put(
        table, unit_id=pa.array(ids, pa.string()), level="building", method=BLOCK,
        method_version="1", note=BLOCK_NOTE, place="", conflict=False, spread=None,
    )  # fmt: skip


_SILENT: dict[str, Any] = {
    "value": None, "numerator": None, "denominator": None, "spread": None, "state": "withheld",
    "method": WITHHELD, "method_version": "1", "note": WITHHELD_NOTE, "place": "", "batch": "",
    "conflict": False,
}  # fmt: skip


def _hidden(table: pa.Table, hide: Flags) -> pa.Table:
    """Rows that are told of, without what they say."""
    if not hide.any():
        return table
    mask = pa.array(hide)
    for name, said in _SILENT.items():
        at = table.schema.get_field_index(name)
        kind = table.schema.field(at).type
        coded = pa.types.is_dictionary(kind)
        old = table[name].cast(pa.string()) if coded else table[name]
        column = pc.if_else(mask, pa.scalar(said, pa.string() if coded else kind), old)
        table = table.set_column(at, table.schema.field(at), column.cast(kind))
    return table


def _put(table: pa.Table, **columns: Any) -> pa.Table:
    for name, value in columns.items():
        at = table.schema.get_field_index(name)
        kind = table.schema.field(at).type
        whole = (
            value.cast(kind)
            if isinstance(value, pa.Array)
            else pa.repeat(pa.scalar(value, kind), table.num_rows)
        )
        table = table.set_column(at, table.schema.field(at), whole)
    return table


def _of_pairs(table: Columned, pairs: Iterable[tuple[str, ...]]) -> Flags:
    """Rows of some (system, code)."""
    return is_pair(table, pairs)


def _seen(public: Assembly, families: Iterable[tuple[str, ...]]) -> pa.Table:
    """Rows of some indicators that show a number in public."""
    wanted = set(families)
    mine = [group for group in public.groups if group.key[:2] in wanted]
    spans = [np.arange(g.offset, g.offset + len(g.cells.row)) for g in mine]
    at = np.concatenate([np.zeros(0, np.int64), *spans])
    lines = public.table.take(at)
    return lines.filter(lines["value"].is_valid().to_numpy()).select(_KEY).table()


_KEY = ("unit_id", "system", "indicator", "period")


def _veiled_candidates(
    candidates: Lines, public: Assembly, pairs: frozenset[Pair], plans: dict[Family, Plan]
) -> Lines:
    """What sources said: of sensitive buildings nothing, of other units what is shown."""
    families = {family[:2] for family in plans} | set(pairs)
    mine = _of_pairs(candidates, families)
    gone = mine & _of_pairs(candidates, set(pairs)) & is_one_of(candidates, "level", ("building",))
    asked = np.flatnonzero(mine & ~gone & candidates["value"].is_valid().to_numpy())
    near = candidates.select(_KEY).take(asked).table()
    told = pc.is_in(_keys(near), pc.unique(_keys(_seen(public, families))))
    hide = asked[~told.to_numpy(zero_copy_only=False)]
    silent = _hidden(candidates.take(hide).table(), np.ones(len(hide), bool))
    return candidates.replaced(hide, silent).filter(~gone)


def _keys(table: pa.Table) -> Any:
    return _texts_joined([table[name] for name in _KEY], "\x1f")


def _texts_joined(columns: list[Any], between: str) -> Any:
    parts: list[Any] = [*(column.cast(pa.string()) for column in columns), pa.scalar(between)]
    return pc.binary_join_element_wise(*parts)
