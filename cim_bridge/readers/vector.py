"""GeoPackage, GeoJSON, Shapefile and FlatGeobuf: units of any level.

The magic of a file must be that of an allowed driver before GDAL sees it (cim_bridge.vectors).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cim_bridge.encoding import mend_texts
from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading, Wish
from cim_bridge.rowunits import reading_of
from cim_bridge.vectors.drivers import DRIVERS as DRIVERS
from cim_bridge.vectors.drivers import load_pyogrio as load_pyogrio
from cim_bridge.vectors.opened import opened
from cim_bridge.vectors.streamed import ROWS, readings_of

_JSON_TYPES = (
    b'"FeatureCollection"', b'"Feature"', b'"GeometryCollection"', b'"Topology"',
    b'"MultiPolygon"', b'"Polygon"', b'"Point"', b'"LineString"', b'"MultiLineString"',
)  # fmt: skip


class Vector:
    """Reads one vector file, its first layer."""

    name = "vector"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the first bytes are those of a driver we allow."""
        if head.startswith((b"SQLite format 3", b"fgb")):
            return True
        if head.startswith(b"\x00\x00\x27\x0a"):
            return path.suffix.lower() == ".shp"
        text = head.lstrip(b"\xef\xbb\xbf \t\r\n\x1e")
        unsafe = b"gdal_streamed_alg" in head or b"connection_url" in head
        named = path.suffix.lower() in (".geojson", ".json", ".geojsonl", ".geojsons", ".topojson")
        return (
            text.startswith(b"{")
            and not unsafe
            and (named or any(word in head for word in _JSON_TYPES))
        )

    def read(self, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
        """Read the file in one piece; None when an error was found."""
        with opened(path, log) as found:
            if found is None:
                return None
            frame, shapes = found.part(0)
            mend_texts(frame, log, file=path.name, undeclared=found.undeclared)
            return reading_of(frame, shapes, found.crs, wish, log, path.name)

    def stream(self, path: Path, wish: Wish, log: IssueLog) -> Iterator[Reading]:
        """Read the file in parts of some thousand rows where nothing needs all of them at once."""
        with opened(path, log, ROWS) as found:
            if found is not None:
                yield from readings_of(found, wish, log, path.name)


READER = Vector()
