"""A local engineering system: refused, with the system that its own anchor point suggests."""

from __future__ import annotations

from pathlib import Path

from cim_bridge.citygml.srs import read_srs
from cim_bridge.citygml.stream import Element
from cim_bridge.crs import WGS84, is_geographic, transformer
from cim_bridge.issues import IssueLog

_EXAMPLE = "+proj=tmerc +lat_0=LAT +lon_0=LON +ellps=GRS80 +units=m"


def local_system(root: Element, name: str, log: IssueLog, file: Path) -> None:
    """Add the Issue for an engineering system, with its anchor where the file tells one."""
    point = root.find(".//{*}anchorPoint")
    space = point.get("codeSpace") if point is not None else None
    text = (point.text or "").split() if point is not None else []
    zh = f"，锚点 {' '.join(text)}（{space}）" if space else ""
    en = f", anchored at {' '.join(text)} in {space}" if space else ""
    proj = _suggested(space, text) or _EXAMPLE
    log.add("SRS_LOCAL", file=file, srs=name, anchor_zh=zh, anchor_en=en, proj=proj)


def _suggested(space: str | None, text: list[str]) -> str | None:
    """A projection with its origin at the anchor."""
    crs = read_srs(space).crs if space else None
    try:
        x, y = float(text[0]), float(text[1])
    except (IndexError, ValueError):
        return None
    if crs is None or is_geographic(crs):
        return None
    lon, lat = transformer(crs, WGS84).transform(x, y)
    return f"+proj=tmerc +lat_0={lat:.7f} +lon_0={lon:.7f} +ellps=GRS80 +units=m"
