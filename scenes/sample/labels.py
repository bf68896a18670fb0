"""Names, addresses and outside codes of buildings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.sample.fabric import Fabric
from scenes.sample.landmarks import LANDMARKS
from scenes.sample.levels import Units
from scenes.sample.people import People
from scenes.sample.solids import MAKE

Ints = NDArray[np.int64]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Named:
    """Of some buildings: ``building`` names zh and en; ``parents``: ids of block and compound."""

    building: tuple[Texts, Texts]
    address: Texts
    house_code: Texts
    parents: dict[str, Texts]


@dataclass(frozen=True)
class Labels:
    """Names of buildings, written out for some of them at a time.

    ``number``: of each building within its block; ``known``: rows that have names of their own.
    """

    units: Units
    people: People
    number: Ints
    known: Ints

    def of(self, rows: Ints) -> Named:
        """长城花园4# in a compound, 街区 and number elsewhere; landmarks have their own."""
        blocks, compounds = self.units.tables["block"], self.units.tables["compound"]
        cell, compound = self.people.cell[rows], self.people.compound[rows]
        number = self.number[rows].astype(str)
        text = number.astype(object)
        zh = blocks["name_zh"].to_numpy(object)[cell] + text + "号"
        en = blocks["name_en"].to_numpy(object)[cell] + " No. " + text
        lives = compound >= 0
        inside = compound[lives]
        zh[lives] = compounds["name_zh"].to_numpy(object)[inside] + text[lives] + "#"
        en[lives] = compounds["name_en"].to_numpy(object)[inside] + " No. " + text[lives]
        for row, (name_zh, name_en, *_) in zip(self.known, LANDMARKS, strict=False):
            zh[rows == row], en[rows == row] = name_zh, name_en
        towns = self.units.tables["community"]["name_zh"].to_numpy(object)
        community = towns[self.people.community[rows]]
        block_id = blocks["id"].to_numpy(object)[cell]
        compound_id = np.where(lives, compounds["id"].to_numpy(object)[compound], "")
        return Named(
            (zh, en),
            "澜湾市（虚构）" + community + text + "号",
            "990100-" + block_id + "-" + np.char.zfill(number, 4).astype(object),
            {"block_id": block_id, "compound_id": np.asarray(compound_id, dtype=object)},
        )


def make_labels(fabric: Fabric, units: Units, people: People) -> Labels:
    """Number the buildings of every block."""
    order = np.lexsort((np.arange(len(people.cell)), people.cell))
    start = np.searchsorted(people.cell[order], np.arange(len(units.tables["block"])))
    number = np.zeros(len(order), dtype=np.int64)
    number[order] = np.arange(len(order)) - start[people.cell[order]] + 1
    known = np.flatnonzero(fabric.solids.rows["make"] == MAKE["landmark"])
    return Labels(units, people, number, known)
