"""What stands where: the zone of every superblock and the measures of its streets and cells.

Zones are data: one row says how wide its cells are, how wide its streets, what is built.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.sample.plan import Array, smooth

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Zone:
    """``width`` and ``height`` of a cell between street axes and ``street`` width, metres."""

    name: str
    width: float
    height: float
    street: float
    parts: tuple[int, int]  # communities a superblock of this zone is split in (along u, v)


ZONES = (
    Zone("old", 128.0, 108.0, 8.0, (2, 2)),  # courtyard houses in lanes
    Zone("mixed", 136.0, 118.0, 14.0, (2, 2)),  # street walls of 3 to 7 storeys
    Zone("slab", 205.0, 172.0, 14.0, (2, 2)),  # six-storey compounds of the 1980s and 1990s
    Zone("mid", 228.0, 196.0, 16.0, (2, 2)),  # eleven storeys, 2000 to 2012
    Zone("tower", 268.0, 232.0, 22.0, (2, 1)),  # towers on superblocks, 2012 to 2024
    Zone("cbd", 142.0, 124.0, 20.0, (2, 1)),  # offices on podiums
    Zone("industrial", 300.0, 215.0, 18.0, (1, 1)),  # sheds
    Zone("port", 330.0, 190.0, 16.0, (1, 1)),  # warehouses, yards, tanks
    Zone("villa", 176.0, 118.0, 9.0, (1, 1)),  # houses near the hills
    Zone("village", 132.0, 112.0, 6.0, (1, 1)),  # urban village: self-built, tight
    Zone("forest", 420.0, 380.0, 0.0, (1, 1)),  # hills: no buildings
)
OLD, MIXED, SLAB, MID, TOWER, CBD, INDUSTRIAL, PORT, VILLA, VILLAGE, FOREST = range(len(ZONES))
WIDTH = np.array([zone.width for zone in ZONES])
HEIGHT = np.array([zone.height for zone in ZONES])
STREET = np.array([zone.street for zone in ZONES])
PARTS = np.array([zone.parts for zone in ZONES])

DISTRICTS = (
    ("harbour", "临港区", "Lingang Harbour"),
    ("old", "古埠区", "Gubu Old Town"),
    ("centre", "湾心区", "Wanxin Bay Centre"),
    ("new", "东澜新区", "Donglan New District"),
    ("south", "南汀区", "Nanting"),
    ("hills", "栖岭区", "Qiling Foothills"),
)
HARBOUR, GUBU, CENTRE, NEW, SOUTH, HILLS = range(len(DISTRICTS))


def zone_of(k: Array, m: Array, rise: Array, noise: Array) -> Ints:
    """Zone of superblocks centred at plan metres (k, m) at scale 1; ``rise`` slope, ``noise`` 0-1.

    Later lines win over earlier ones.
    """
    zone = np.full(len(k), SLAB)
    rules = [
        ((k > 4700) & (m > 1500), MID),
        ((k <= 4700) & (m > 1700), SLAB),
        ((m > 1500) & (noise < 0.06), VILLAGE),
        ((k < 3250) & (m > 700) & (noise > 0.93), VILLAGE),
        ((k < 2600) & (m > 2150), INDUSTRIAL),
        ((k > 7750) & (m > 2350), MID),
        ((k > 7750) & (m <= 2350), TOWER),
        ((k > 5300) & (k < 7100) & (m < 900), CBD),
        ((k > 8900) & (k < 9900) & (m < 650), CBD),
        ((k > 7000) & (k <= 7750) & (m < 900), MID),
        ((k < 3350) & (m < 640), PORT),
        ((k < 3350) & (m >= 640) & (m < 1150) & (noise < 0.35), INDUSTRIAL),
        ((k > 3250) & (k < 5450) & (m < 1350), MIXED),
        ((k > 3500) & (k < 5050) & (m < 640), OLD),
        ((k > 3900) & (k < 4500) & (m < 1250) & (noise < 0.5), OLD),
        ((m > 2820) & (k > 4600) & (noise < 0.62), VILLA),
        ((k > 11_100) & (m < 420), VILLA),
        (rise > 0.085, FOREST),
    ]
    for where, value in rules:
        zone = np.where(where, value, zone)
    return zone.astype(np.int64)


def district_of(k: Array, m: Array) -> Ints:
    """District of superblocks centred at plan metres at scale 1."""
    district = np.full(len(k), CENTRE)
    rules = [
        ((m > 1750) & (k > 5000), HILLS),
        ((k > 7600) & (m <= 2350), NEW),
        ((k < 5000) & (m > 1750), SOUTH),
        ((k < 3300) & (m <= 1750), HARBOUR),
        ((k >= 3300) & (k < 5300) & (m < 1050), GUBU),
    ]
    for where, value in rules:
        district = np.where(where, value, district)
    return district.astype(np.int64)


def centrality(k: Array, m: Array) -> Array:
    """1 at the head of the bay, 0 at the edge: the skyline and rents follow it."""
    main = np.exp(-(((k - 6_150.0) / 950.0) ** 2 + ((m - 250.0) / 800.0) ** 2))
    second = 0.72 * np.exp(-(((k - 9_400.0) / 700.0) ** 2 + ((m - 200.0) / 700.0) ** 2))
    return np.asarray(np.maximum(main, second) * smooth(-900.0, -100.0, m), dtype=np.float64)
