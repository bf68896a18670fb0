"""/api/v1/basemaps and /basemaps/{name}/{z}/{x}/{y}: maps of others below our own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from twin_server.answering import Json
from twin_server.basemaps.proxy import Proxy
from twin_server.basemaps.settings import Basemap
from twin_server.schemas.basemaps import BasemapList
from twin_server.schemas.common import documented, documented_file

router = APIRouter(tags=["basemaps"])

_FRESH = "private, max-age=86400"
_NOTES = {
    "gcj02": {
        "zh": "该底图采用 GCJ-02 加密坐标，与模型相差数百米，仅供参考",
        "en": "this map is in GCJ-02 and lies some hundred metres off the model: for orientation",
    }
}


@router.get("/api/v1/basemaps", responses=documented(BasemapList))
async def list_basemaps(request: Request) -> Response:
    """Base maps that this server passes on; none unless city.toml names some."""
    proxy: Proxy = request.app.state.basemaps
    return Json({"items": [_told(one) for one in proxy.settings.every.values()]})


@router.get(
    "/basemaps/{name}/{z}/{x}/{y}",
    response_class=Response,
    responses=documented_file("image/png", "image/jpeg", "image/webp"),
)
async def read_tile(
    name: str, z: int, x: int, y: int, request: Request,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:  # fmt: skip
    """One tile of a base map, fetched by the server; its key is in no answer."""
    proxy: Proxy = request.app.state.basemaps
    tile = await proxy.tile(name, z, x, y)
    headers = {"etag": tile.etag, "cache-control": _FRESH, "x-content-type-options": "nosniff"}
    if if_none_match and tile.etag in [word.strip() for word in if_none_match.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(tile.body, media_type=tile.kind, headers=headers)


def _told(one: Basemap) -> dict[str, object]:
    return {
        "name": one.name,
        "kind": one.kind,
        "label": one.label,
        "attribution": one.attribution,
        "url": f"/basemaps/{one.name}/{{z}}/{{x}}/{{y}}",
        "crs": "EPSG:3857",
        "min_level": one.least,
        "max_level": one.most,
        "overlay": one.overlay,
        "shift": one.shift,
        "note": _NOTES.get(one.shift),
    }
