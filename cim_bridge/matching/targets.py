"""The units that rows can mean: everything a unit is called, made ready when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.levels import LEVELS, PARENT_LEVELS
from cim_bridge.matching.addresses import own_addresses, taken_apart
from cim_bridge.matching.externals import external_ids
from cim_bridge.matching.lookup import Lookup
from cim_bridge.matching.spelling import plain_id, plain_label, short_name, unpadded_id
from cim_bridge.matching.texts import (
    I64,
    NONE,
    Texts,
    as_words,
    joined,
    no_words,
    pa,
    pc,
    places,
    spelled,
)

if TYPE_CHECKING:
    from cim_bridge.release import ModelRelease

COLUMNS = (
    "id", "level", "source_id", "row", "label_zh", "label_en", "external_ids", "attributes",
    "removed", *(f"parent_{level}" for level in PARENT_LEVELS),
)  # fmt: skip
_HOLDERS = ("compound", "community", "block", "plot")
"""Levels whose name stands before a unit's own: 长城花园 before 4号楼."""


@dataclass(frozen=True)
class Holders:
    """Units of one higher level. ids: by id; full, short: by label and by label without 区, 街道.

    of: (targets,) number of the unit each target lies in, -1 none. label: spelled Chinese labels.
    """

    level: str
    ids: Lookup
    full: Lookup
    short: Lookup
    of: I64
    label: Texts


@dataclass(frozen=True)
class Targets:
    """Units of one level ("" any level) that stand, in the order of their table.

    level; table: Arrow columns COLUMNS of them; whole: of all levels, tombstones included;
    file: units.parquet, from which shapes are read when they are asked for.
    """

    level: str
    table: Any
    whole: Any
    file: Path | None = None

    @classmethod
    def of(cls, model: ModelRelease, level: str) -> Targets:
        """Units of a model release."""
        from cim_bridge.release import UNITS

        return cls.of_table(model.columns(*COLUMNS), level, model.path / UNITS)

    @classmethod
    def of_table(cls, whole: Any, level: str, file: Path | None = None) -> Targets:
        """From a table with COLUMNS."""
        stands = pc.invert(whole["removed"])
        mine = pc.and_(stands, pc.equal(whole["level"], level)) if level else stands
        return cls(level, whole.filter(mine), whole, file)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def words(self, name: str) -> Texts:
        """A text column of the targets."""
        return as_words(self.table[name])

    @cached_property
    def ids(self) -> npt.NDArray[Any]:
        """(N,) public ids."""
        return np.asarray(self.words("id").to_pylist() or np.zeros(0, object), object)

    @cached_property
    def labels(self) -> npt.NDArray[Any]:
        """(N,) Chinese labels, for people."""
        return np.asarray(self.words("label_zh").to_pylist() or np.zeros(0, object), object)

    @cached_property
    def row(self) -> I64:
        """(N,) row of each in its level."""
        return np.asarray(self.table["row"]).astype(np.int64)

    @cached_property
    def removed(self) -> frozenset[str]:
        """Public ids of the level's tombstones."""
        gone = self.whole.filter(self.whole["removed"])
        if self.level:
            gone = gone.filter(pc.equal(gone["level"], self.level))
        return frozenset(gone["id"].to_pylist())

    @cached_property
    def shapes(self) -> npt.NDArray[Any]:
        """(N,) geometries in the model CRS."""
        import pyarrow.parquet as pq
        import shapely

        if self.file is None:
            return np.full(len(self), None, object)
        table = pq.read_table(self.file, columns=["geometry", "level", "removed"])
        stands = pc.invert(table["removed"])
        mine = pc.and_(stands, pc.equal(table["level"], self.level)) if self.level else stands
        return np.asarray(shapely.from_wkb(table.filter(mine)["geometry"].to_numpy()), object)

    @cached_property
    def _here(self) -> I64:
        return np.arange(len(self))

    @cached_property
    def _names(self) -> Texts:
        """Source ids; of any level also the public ids, which else are read off by `unprefixed`."""
        source = self.words("source_id")
        return source if self.level else pa.concat_arrays([source, self.words("id")])

    @cached_property
    def _owners(self) -> I64:
        return np.resize(self._here, len(self._names))

    def unprefixed(self, ids: Texts) -> Texts:
        """Ids without the `level:` of a public id, unless they are a source id as they stand."""
        prefix = f"{self.level}:"
        if not self.level or not len(ids):
            return ids
        public = pc.starts_with(ids, pattern=prefix)
        if not pc.any(public).as_py():
            return ids
        public = pc.and_(public, pa.array(self.exact.codes(ids) < 0))
        return pc.if_else(public, pc.utf8_slice_codeunits(ids, len(prefix)), ids)

    @cached_property
    def exact(self) -> Lookup:
        """Public ids and source ids as written."""
        return Lookup.of(self._names, self._owners)

    @cached_property
    def plain(self) -> Lookup:
        """Ids without differences of width and case."""
        return Lookup.of(spelled(self._names, plain_id), self._owners)

    @cached_property
    def padless(self) -> Lookup:
        """Ids without leading zeros."""
        return Lookup.of(spelled(self._names, unpadded_id), self._owners)

    @cached_property
    def external(self) -> Lookup:
        """What other systems call the units."""
        names, owner = external_ids(self.words("external_ids"))
        return Lookup.of(spelled(names, plain_id), owner)

    @cached_property
    def _spelled(self) -> tuple[Texts, Texts]:
        """Chinese and English labels in one spelling."""
        return (
            spelled(self.words("label_zh"), plain_label, alike=True),
            spelled(self.words("label_en"), plain_label, alike=True),
        )

    @cached_property
    def _called(self) -> tuple[Texts, I64]:
        """Labels, and labels behind the name of what the unit lies in."""
        parts = list(self._spelled)
        for level in _HOLDERS:
            if level in self.holders:
                holder = self.holders[level]
                before = pa.concat_arrays([holder.label, no_words(1)]).take(pa.array(
                    np.where(holder.of >= 0, holder.of, len(holder.label))
                ))  # fmt: skip
                behind = joined(before, self._spelled[0])
                parts.append(pc.if_else(pa.array(holder.of >= 0), behind, NONE))
        return pa.concat_arrays(parts), np.tile(self._here, len(parts))

    @cached_property
    def by_label(self) -> Lookup:
        """Labels in one spelling, also behind the name of their compound or community."""
        return Lookup.of(*self._called)

    @cached_property
    def by_short(self) -> Lookup:
        """Labels without the word of the level: 芝罘区 as 芝罘."""
        both = pa.concat_arrays(list(self._spelled))
        return Lookup.of(
            spelled(both, lambda text: short_name(text, self.level)), np.tile(self._here, 2)
        )

    @cached_property
    def by_address(self) -> Lookup:
        """Addresses and labels in one spelling; a building number also behind its address."""
        own = self._without_front(own_addresses(self.words("attributes")))
        label = self._without_front(self._spelled[0])
        names, owner = self._called
        bare = pc.match_substring_regex(self._spelled[0], BARE)
        numbered = pc.if_else(bare, joined(own, self._spelled[0]), NONE)
        numbered = pc.if_else(pc.equal(own, NONE), NONE, numbered)
        return Lookup.of(
            pa.concat_arrays([names, label, own, numbered]),
            np.concatenate([owner, np.tile(self._here, 3)]),
        )

    def _without_front(self, addresses: Texts) -> Texts:
        coded = addresses.dictionary_encode()
        return taken_apart(coded.dictionary, self).rest.take(coded.indices)

    @cached_property
    def holders(self) -> dict[str, Holders]:
        """Higher levels that have units, from the city down."""
        top = LEVELS.index(self.level) if self.level in PARENT_LEVELS else len(PARENT_LEVELS)
        found = {}
        for level in PARENT_LEVELS[:top]:
            units = self.whole.filter(
                pc.and_(pc.equal(self.whole["level"], level), pc.invert(self.whole["removed"]))
            )
            if units.num_rows:
                found[level] = self._holders(level, units)
        return found

    def _holders(self, level: str, units: Any) -> Holders:
        here = np.arange(units.num_rows)
        ids, source, zh, en = (
            as_words(units[name]) for name in ("id", "source_id", "label_zh", "label_en")
        )
        labels = [spelled(zh, plain_label, alike=True), spelled(en, plain_label, alike=True)]
        if level == "city":
            # a city that is called 滨海 is 滨海市 in addresses
            labels.append(pc.binary_join_element_wise(labels[0], CITY, NONE))
        both, twice = pa.concat_arrays(labels), np.tile(here, 2)
        return Holders(
            level,
            Lookup.of(spelled(pa.concat_arrays([source, ids]), plain_id), twice),
            Lookup.of(both, np.resize(here, len(both))),
            Lookup.of(
                spelled(both, lambda text: short_name(text, level)), np.resize(here, len(both))
            ),
            places(ids, self.words(f"parent_{level}")),
            labels[0],
        )


CITY = pa.scalar("市", pa.large_string())
BARE = r"^(?:\d+(?:[-_]\d+)*[a-z]?|[a-z]\d*)#$"
"""A label that is only a building's number: it means nothing outside its compound."""
