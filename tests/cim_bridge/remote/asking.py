"""Fetches as `bridge` does and says what became of it."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import MultiPolygon

from cim_bridge.build import BridgeReport, bridge
from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.issues import Issue
from cim_bridge.readers.remote.fetch import fetched
from cim_bridge.readers.remote.given import given
from cim_bridge.readers.vector import load_pyogrio


def read(city: CityFolder, address: str, **more: Any) -> tuple[gpd.GeoDataFrame, Any]:
    """Features in the order of their ids, and what was handed over."""
    with fetched(city, address, **more) as found:
        frame = load_pyogrio().read_dataframe(found.paths[0])
    assert not list(city.path.glob(".remote-*")), "the spool is gone"
    return frame.sort_values("building_id").reset_index(drop=True), found


def refusal(city: CityFolder, address: str, **more: Any) -> Issue:
    """The error that refused an address; nothing is left behind."""
    with pytest.raises(InputRefused) as caught, fetched(city, address, **more):
        pass
    assert not list(city.path.glob(".remote-*")), "the spool is gone"
    (issue,) = caught.value.log.errors
    return issue


def bridged(city: CityFolder, address: str, **more: Any) -> BridgeReport:
    """As the verb does it, in this process."""
    with given(city, [address]) as source:
        return bridge(
            city, source.paths, level="building", name=source.name, origin=source.origin,
            attribution=source.attribution, findings=source.issues, **more,
        )  # fmt: skip


def same_shapes(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> bool:
    """Whether geometries are equal, vertex by vertex, wherever their rings begin."""
    left, right = (shapely.normalize([_many(s) for s in f.geometry]) for f in (one, other))
    return bool(shapely.equals_exact(left, right, tolerance=0.0).all())


def _many(shape: Any) -> Any:
    return MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape
