"""The way of a platform's layer, top to bottom: allow, describe, page, count, place, hand over.

What is handed over is a local GeoPackage that the ordinary reader of vector files reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from cim_bridge.child import run_child
from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.progress import SILENT, Progress
from cim_bridge.readers.remote import arcgis, oapif, wfs
from cim_bridge.readers.remote.address import ARCGIS, OAPIF, TILES, WFS, find_kind, read_address
from cim_bridge.readers.remote.axes import Axes, extent_in, northing_first
from cim_bridge.readers.remote.client import Client
from cim_bridge.readers.remote.failures import Refused
from cim_bridge.readers.remote.layer import Layer, Tally
from cim_bridge.readers.remote.mirror import mirrored
from cim_bridge.readers.remote.settings import RemoteSettings
from cim_bridge.readers.remote.spool import spool_folder, sweep
from cim_bridge.readers.remote.wire import Resolve, system_addresses
from cim_bridge.tilesin.broken import FAULTS, reason

_WORKER = "cim_bridge.readers.remote.worker"
_SECONDS, _MEGABYTES = 3600.0, 4096

_Describe = Callable[[Client, str, str | None], Layer]
_Pages = Callable[[Client, Layer, Tally], Layer]
_SPEAK: dict[str, tuple[_Describe, _Pages]] = {
    OAPIF: (oapif.layer, oapif.pages),
    WFS: (wfs.layer, wfs.pages),
    ARCGIS: (arcgis.layer, arcgis.pages),
}


@dataclass(frozen=True)
class Fetched:
    """A source of a platform, on disk for as long as the block lasts.

    name: a name for the source. origin: what the manifest records of it: protocol, address, query,
    features and a hash of the content that no paging, order or time changes. issues: findings.
    """

    paths: tuple[Path, ...]
    name: str
    address: str
    origin: dict[str, Any]
    attribution: str
    issues: IssueLog


@contextmanager
def fetched(
    folder: CityFolder,
    source: str,
    *,
    allow: tuple[str, ...] = (),
    crs: str | None = None,
    whole: bool = False,
    progress: Progress = SILENT,
    resolve: Resolve = system_addresses,
) -> Iterator[Fetched]:
    """Fetch a layer or a tileset; it is removed when the block ends.

    allow: hosts beside those of city.toml. crs: of a platform that names none. whole: of a tileset
    every content, not the finest only. Raises InputRefused: a partial read is never a model.
    """
    settings = RemoteSettings.of(folder.config, allow)
    log = IssueLog()
    sweep(folder)
    with spool_folder(folder) as spool:
        try:
            found = _fetch(spool, source, settings, crs, whole, log, progress, resolve)
        except FAULTS as exc:  # documents of others: whatever they contradict, it is a finding
            progress.done()
            log.add(
                "REMOTE_PAGE_BROKEN", file=_place(source), url=_place(source), reason=reason(exc)
            )
            raise InputRefused(log) from exc
        except Refused as exc:
            progress.done()
            log.add(exc.code, file=_place(source), **exc.params)
            raise InputRefused(log) from exc
        yield found


def _place(source: str) -> str:
    """A source for a person to recognise, without what may be secret in it."""
    return re.sub(r"//[^/@]*@", "//", source.partition("?")[0])[:200]


def _fetch(
    spool: Path, source: str, settings: RemoteSettings, crs: str | None, whole: bool,
    log: IssueLog, progress: Progress, resolve: Resolve,
) -> Fetched:  # fmt: skip
    address = read_address(source)
    token = settings.token()
    limits = settings.limits
    with Client(address.url, settings.hosts, limits, spool, token, resolve) as client:
        client.note_plain_token(log)
        kind = find_kind(client, address)
        if kind == TILES:
            path, origin = mirrored(client, address.url, spool, whole=whole, progress=progress)
            name = origin["name"]
            return Fetched((path,), name, address.url, origin, "", log)
        describe, pages = _SPEAK[kind]
        layer = describe(client, address.url, crs)
        if layer.crs is None:
            raise Refused("REMOTE_CRS_UNKNOWN", url=layer.address)
        tally = Tally(layer.address, progress, limits.pages)
        layer = pages(client, layer, tally)
        tally.finish(log)
    if not tally.received:
        raise Refused("REMOTE_EMPTY", url=layer.address)
    return _handed(spool, source, layer, tally, log, progress)


def _handed(
    spool: Path, source: str, layer: Layer, tally: Tally, log: IssueLog, progress: Progress
) -> Fetched:
    """The GeoPackage of what came, made in a child that cannot reach anything."""
    name = re.sub(r"[^\w-]+", "_", layer.name).strip("_") or "layer"
    axes = Axes(
        northing_first(layer.crs, layer.official),
        extent_in(layer.extent, layer.extent_crs, layer.crs),
    )
    job = {
        "pages": [
            {"path": str(page), "count": count}
            for page, count in zip(tally.pages, tally.counts, strict=True)
        ],
        "driver": layer.driver,
        "types": layer.types,
        "axes": axes.to_json(),
        "crs": "EPSG:4326" if layer.crs == "OGC:CRS84" else layer.crs,
        "layer": name,
        "folder": str(spool),
        "out": str(spool / f"{name}.gpkg"),
        "report": str(spool / "report.json"),
    }
    file = spool / "job.json"
    file.write_bytes(orjson.dumps(job))
    progress.stage("parse features")
    ended = run_child(_WORKER, str(file), seconds=_SECONDS, megabytes=_MEGABYTES)
    progress.done()
    if not ended.well:
        raise Refused("REMOTE_PAGE_BROKEN", url=layer.address, reason=ended.reason)
    report = orjson.loads((spool / "report.json").read_bytes())
    _judge(report, layer, axes, tally, log)
    origin = {
        "protocol": layer.protocol,
        "address": layer.address,
        "query": layer.query,
        "crs": layer.crs,
        "order": report["order"],
        "features": report["features"],
        "content": report["content"],
    }
    return Fetched((spool / f"{name}.gpkg",), name, source, origin, layer.attribution, log)


def _judge(report: dict[str, Any], layer: Layer, axes: Axes, tally: Tally, log: IssueLog) -> None:
    """Refuse what the child found unfit; tell about axes."""
    if "unfit" in report:
        raise Refused("REMOTE_PAGE_BROKEN", url=layer.address, reason=report["unfit"])
    if "unfit_extent" in report:
        raise Refused(
            "REMOTE_EXTENT_UNFIT", url=layer.address, crs=layer.crs,
            extent=_shown(axes.extent), found=_shown(report["unfit_extent"]),
        )  # fmt: skip
    if report["features"] != tally.received:
        raise Refused(
            "REMOTE_INCOMPLETE", url=layer.address, expected=tally.received,
            received=report["features"],
        )  # fmt: skip
    promised = "swapped" if axes.northing_first else "straight"
    if report["order"] != promised:
        log.add("REMOTE_AXES_TURNED", file=layer.address, crs=layer.crs, protocol=layer.protocol)
    if report["outside"]:
        log.add("REMOTE_EXTENT_OLD", file=layer.address, extent=_shown(axes.extent))


def _shown(box: Any) -> str:
    return ", ".join(f"{value:.6g}" if abs(value) < 400 else f"{value:.0f}" for value in box or ())
