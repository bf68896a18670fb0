"""The way of a model, to be read from top to bottom: read, place, check, merge, tile, write.

Nothing in the city folder changes until a whole release has been made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cim_bridge.anchor import Anchor
from cim_bridge.changelog import known_changes, note_changes
from cim_bridge.crs import Box
from cim_bridge.errors import WrongUse
from cim_bridge.flow.intake import Intake
from cim_bridge.flow.resume import KEPT, Resume, resumable
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.levels import LEVELS
from cim_bridge.merging import Merging, Told, counts_of
from cim_bridge.place import Ground
from cim_bridge.progress import SILENT, Progress
from cim_bridge.reader import Wish, find_reader
from cim_bridge.reference import References, references
from cim_bridge.release import ModelRelease, open_model
from cim_bridge.releasing import write_model
from cim_bridge.sources import files_of
from cim_bridge.staging import file_digest
from cim_bridge.tilekinds import tile_kinds
from cim_bridge.workers import ALONE, Crew


@dataclass(frozen=True)
class BridgeReport:
    """What `bridge` made: the release, its units by level, how many this source gave, findings.

    changes: what became of the units of the model before (see cim_bridge.changelog); None for the
    first model.
    """

    digest: str
    source: str
    counts: dict[str, int]
    features: int
    issues: IssueLog = field(default_factory=IssueLog)
    changes: dict[str, Any] | None = None


def bridge(
    folder: CityFolder,
    sources: Sequence[Path],
    *,
    level: str | None = None,
    layer: str | None = None,
    crs: str | None = None,
    lod: str | None = None,
    profile: str | None = None,
    tiling: str | None = None,
    key: str | None = None,
    where: str | None = None,
    anchor: str | None = None,
    heading: float = 0.0,
    up: str | None = None,
    name: str | None = None,
    height_offset: float = 0.0,
    coordinates: str | None = None,
    attribution: str = "",
    licence: str = "",
    origin: dict[str, Any] | None = None,
    findings: IssueLog | None = None,
    crew: Crew = ALONE,
    progress: Progress = SILENT,
) -> BridgeReport:
    """Add one source (files of one kind, or folders of them) to the city, or replace it.

    crs: a code, a proj string, WKT, GCJ-02, BD-09 or a grid that city.toml names. height_offset:
    metres that bring this source's heights to the model's.
    name: of the source, by default the first file's; the same name replaces. Raises InputRefused
    with every finding when the input cannot be taken. anchor: `E,N,H` of the file's origin in `crs`
    (the city's by default), heading: degrees from north to its y axis, up: a mesh's axis.
    profile, tiling: how tiles are written (cim_bridge.tilekinds), by default as before.
    coordinates: columns of a table with x and y (`X,Y`), or the one with WKT.
    origin: of files that were fetched from a platform: its `address` and what else the manifest
    records; findings: what fetching found (see cim_bridge.readers.remote).
    crew: who makes the finest tiles (cim_bridge.workers); the bytes are the same.
    """
    crs = folder.config.system(crs)
    wish = replace(_wish(sources, level, layer, crs, lod, key, where), height_offset=height_offset)
    at = Anchor.of(anchor, heading, crs or folder.config.crs) if anchor else None
    wish = replace(wish, anchor=at, up=up, coordinates=coordinates)
    title = name or source_name(sources[0])
    log = IssueLog(findings or ())
    previous = open_model(folder) if folder.head_model() else None
    kinds = tile_kinds(profile, tiling, previous.manifest if previous else None)
    files = files_of(sources, log)
    log.raise_if_errors()

    with resumable(folder, files, title, wish, kinds, attribution, origin) as resume:
        progress.stage("read")
        intake = _read(
            folder, files, wish, previous, references(previous, title), resume, log, progress
        )
        what = Merging(folder, previous, title, layer, resume.merging(), log, progress)
        model, told = what.of(intake)
        entry = _entry(title, files, told, wish, intake, attribution, licence, resume.digests)
        entry |= _fetched(entry, origin) if origin else {}
        entries = _entries(previous, entry)
        issues = _issues(previous, entries, title, log)
        digest = write_model(
            folder, model, str(intake.ground.model_crs), entries, issues, what.general,
            profile=kinds[0], tiling=kinds[1], previous=previous, progress=progress, source=title,
            clouds=told.clouds, resume=resume, crew=crew,
        )  # fmt: skip
        counts = counts_of(model)
    changes = _changes(folder, previous, digest, progress)
    folder.set_head_model(digest)
    named = [str(origin["address"])] if origin else [str(path) for path in sources]
    folder.add_source(_settings(entry, named))
    log.extend(what.general)
    if resume.reused:
        read, files_, contents = (resume.reused.get(name, 0) for name in KEPT)
        log.add("RESUMED", read=read, files=files_, contents=contents)
    return BridgeReport(digest, title, counts, entry["features"], log, changes)


def _changes(
    folder: CityFolder, previous: ModelRelease | None, digest: str, progress: Progress
) -> dict[str, Any] | None:
    """Note what changed since the model before; the same model again has changed nothing."""
    if previous is None:
        return None
    progress.stage("compare")
    new = open_model(folder, digest)
    return known_changes(new, new) if digest == previous.digest else note_changes(previous, new)


def source_name(path: Path) -> str:
    """Name of a source: its first file's, without endings."""
    return path.name.split(".")[0] or path.name


def _wish(
    sources: Sequence[Path], level: str | None, layer: str | None, crs: str | None,
    lod: str | None, key: str | None, where: str | None,
) -> Wish:  # fmt: skip
    """Check what was asked for before anything is opened."""
    if not sources:
        raise WrongUse("至少给出一个文件 / name at least one file to bridge")
    if level is not None and layer is not None:
        raise WrongUse(
            "--level 与 --layer 只能给一个 / "
            "give --level or --layer, not both: a layer's rows are objects"
        )
    if level is not None and (level not in LEVELS or level == "city"):
        raise WrongUse(f"unknown level {level}; use one of {', '.join(LEVELS[1:])}")
    if where is not None and "=" not in where:
        raise WrongUse(f"--where 应为 列=值 / wants column=value, not {where}")
    return Wish(level, layer, crs, lod, key, where)


def _read(
    folder: CityFolder, sources: Sequence[Path], wish: Wish, previous: ModelRelease | None,
    known: References, resume: Resume, log: IssueLog, progress: Progress,
) -> Intake:  # fmt: skip
    """Every file read, put in place and made sound."""
    config = folder.config
    model_crs = previous.manifest["crs"] if previous else None
    bounds = previous.manifest.get("bounds") if previous else None
    extent: Box | None = config.extent or (tuple(bounds) if bounds else None)
    ground = Ground(config.crs, model_crs, extent, known)
    intake = Intake(resume, wish, ground, config.height_offset, log, progress)
    for path in sources:
        reader = find_reader(path, log)
        if reader is not None:
            intake.take(path, reader)
    if wish.height_offset:
        datum = config.height_datum or "city.toml height_offset"
        log.add("HEIGHT_OFFSET_USED", offset=f"{wish.height_offset:+g}", datum=datum)
    log.raise_if_errors()
    return intake


def _entry(
    name: str, sources: Sequence[Path], told: Told, wish: Wish, intake: Intake,
    attribution: str, licence: str, digests: dict[Path, str],
) -> dict[str, Any]:  # fmt: skip
    """The manifest's record of this source: what came from where, by hash (`digests` if known)."""
    files = [
        {
            "name": path.name,
            "sha256": digests.get(path) or file_digest(path),
            "bytes": path.stat().st_size,
        }
        for path in sources
    ]
    return {
        "name": name,
        "level": wish.level or told.main,
        "layer": wish.layer,
        "anchor": wish.anchor.text if wish.anchor else None,
        "heading": wish.anchor.heading if wish.anchor else None,
        "up": wish.up,
        "reader": ", ".join(intake.readers),
        "crs": ", ".join(intake.systems),
        **({"key": wish.key} if wish.key else {}),
        "height_offset": wish.height_offset,
        "files": files,
        "features": sum(told.counts.values()),
        "points": sum(cloud.count for cloud in told.clouds),
        "attribution": attribution or _attribution(told),
        "licence": licence,
        "ground": told.ground,
        "claims": {level: claims for level, claims in told.claims.items() if claims},
    }


def _fetched(entry: dict[str, Any], origin: dict[str, Any]) -> dict[str, Any]:
    """What a platform's source is known by: its content, not the file that it was laid into."""
    names = [file["name"] for file in entry["files"]]
    return {
        "remote": origin,
        "files": [{"name": name, "sha256": origin["content"]} for name in names],
    }


def _attribution(told: Told) -> str:
    """Credit that the data itself asks for: features of OpenStreetMap."""
    for texts in told.shown.values():
        if any('"osm_id"' in text or "openstreetmap" in text for text in texts):
            return "© OpenStreetMap contributors"
    return ""


def _entries(previous: ModelRelease | None, entry: dict[str, Any]) -> list[dict[str, Any]]:
    """All sources in the order of their first coming."""
    known = list(previous.manifest["sources"]) if previous else []
    names = [source["name"] for source in known]
    if entry["name"] in names:
        known[names.index(entry["name"])] = entry
        return known
    return [*known, entry]


def _issues(
    previous: ModelRelease | None, entries: list[dict[str, Any]], source: str, log: IssueLog
) -> list[dict[str, Any]]:
    """Findings of every source in their order, each with the source's name."""
    old = previous.issues() if previous else []
    mine = [{**issue, "source": source} for issue in log.to_json()]
    kept = [issue for issue in old if issue["source"] != source] + mine
    order = {entry["name"]: number for number, entry in enumerate(entries)}
    listed = [issue for issue in kept if issue["source"] in order]
    listed.sort(key=lambda issue: order[issue["source"]])
    return listed


def _settings(entry: dict[str, Any], named: list[str]) -> dict[str, Any]:
    """What city.toml keeps of a source, so that it can be bridged again."""
    return {
        "name": entry["name"],
        "paths": named,
        "level": entry["level"],
        "layer": entry["layer"],
        "anchor": entry["anchor"],
        "heading": entry["heading"],
        "up": entry["up"],
        "crs": entry["crs"],
        "height_offset": entry["height_offset"],
        "reader": entry["reader"],
        "attribution": entry["attribution"],
        "licence": entry["licence"],
    }
