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

Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Labels:
    """``building``: names zh and en; ``parents``: what the source says of block and compound."""

    building: tuple[Texts, Texts]
    address: Texts
    house_code: Texts
    parents: dict[str, Texts]


def make_labels(fabric: Fabric, units: Units, people: People) -> Labels:
    """长城花园4# in a compound, 街区 and number elsewhere; landmarks have names of their own."""
    blocks, compounds = units.tables["block"], units.tables["compound"]
    order = np.lexsort((np.arange(len(people.cell)), people.cell))
    start = np.searchsorted(people.cell[order], np.arange(len(blocks)))
    number = np.zeros(len(order), dtype=np.int64)
    number[order] = np.arange(len(order)) - start[people.cell[order]] + 1
    text = number.astype(str).astype(object)
    zh = blocks["name_zh"].to_numpy(object)[people.cell] + text + "号"
    en = blocks["name_en"].to_numpy(object)[people.cell] + " No. " + text
    lives = people.compound >= 0
    inside = people.compound[lives]
    zh[lives] = compounds["name_zh"].to_numpy(object)[inside] + text[lives] + "#"
    en[lives] = compounds["name_en"].to_numpy(object)[inside] + " No. " + text[lives]
    known = np.flatnonzero(fabric.solids.rows["make"] == MAKE["landmark"])
    for row, (name_zh, name_en, *_) in zip(known, LANDMARKS, strict=False):
        zh[row], en[row] = name_zh, name_en
    community = units.tables["community"]["name_zh"].to_numpy(object)[people.community]
    block_id = blocks["id"].to_numpy(object)[people.cell]
    compound_id = np.where(lives, compounds["id"].to_numpy(object)[people.compound], "")
    code = "990100-" + block_id + "-" + np.char.zfill(number.astype(str), 4).astype(object)
    return Labels(
        (zh, en),
        "澜湾市（虚构）" + community + text + "号",
        code,
        {"block_id": block_id, "compound_id": np.asarray(compound_id, dtype=object)},
    )
