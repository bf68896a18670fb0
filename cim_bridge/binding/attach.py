"""The way of a binding, top to bottom: open, read, place, match, write, point to it.

The tileset is only read. What a person decided in a review list is kept and used again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from cim_bridge.binding.column import MapColumn, map_column
from cim_bridge.binding.match import (
    AMBIGUOUS,
    MATCHED,
    UNMATCHED,
    Matches,
    id_property,
    labels_of,
    match,
)
from cim_bridge.binding.release import (
    FILES,
    INDEX,
    MAP,
    REPORT,
    REVIEW,
    set_newest,
)
from cim_bridge.binding.rewrite import rewrite as write_again
from cim_bridge.binding.targets import Targets
from cim_bridge.binding.write import as_json, write_map, write_table
from cim_bridge.errors import WrongUse
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.levels import LEVELS
from cim_bridge.matching.keys import Keys
from cim_bridge.matching.review import ReviewList
from cim_bridge.matching.suggest import suggest
from cim_bridge.mesh import NONE
from cim_bridge.progress import SILENT, Progress
from cim_bridge.readers.remote.settings import RemoteSettings
from cim_bridge.release import ModelRelease, open_model
from cim_bridge.staging import stage
from cim_bridge.tiles.globe import Globe
from cim_bridge.tilesin.gather import Features, gather
from cim_bridge.tilesin.keys import choose_key, own_names
from cim_bridge.tilesin.opened import Opened, open_tileset
from cim_bridge.tilesin.web import KIND as WEB


@dataclass(frozen=True)
class AttachReport:
    """What `attach` made."""

    digest: str
    name: str
    features: int
    counts: dict[str, int]
    how: dict[str, int]
    id_property: str
    units_without: int
    manifest: dict[str, Any]
    issues: IssueLog = field(default_factory=IssueLog)
    review: Path = Path()
    """The review list, which a person decides in."""
    finest: tuple[int, int] = (0, 0)
    """Features of contents that nothing finer replaces, and those of them that were matched."""


def attach(
    folder: CityFolder,
    tileset: Path,
    *,
    level: str = "building",
    key: str | None = None,
    review: Path | None = None,
    rewrite: bool = False,
    crs: str | None = None,
    url: str = "",
    name: str | None = None,
    findings: IssueLog | None = None,
    progress: Progress = SILENT,
) -> AttachReport:
    """Bind the features of a tileset to the units of the newest model.

    url: where a platform serves the tileset; without one our server does, byte for byte. The files
    of one that was fetched (cim_bridge.readers.remote) are not kept: its platform serves it.
    Raises InputRefused when nothing of it can be read or placed.
    """
    if level not in LEVELS:
        raise WrongUse(f"unknown level {level}; use one of {', '.join(LEVELS)}")
    model = open_model(folder)
    log = IssueLog(findings or ())
    opened = open_tileset(tileset, log, looks=rewrite)
    log.raise_if_errors()
    assert opened is not None  # noqa: S101 - raise_if_errors proved it
    title = name or _title(tileset)
    try:
        features, names = _features(opened, model, key, crs, log, progress)
        log.raise_if_errors()
        targets = Targets.of(model, level)
        if not len(targets):
            log.add("BINDING_NO_UNITS", file=tileset, level=level)
        log.raise_if_errors()
        _judge_url(folder, url, title, log)
        job = _Job(folder, model, opened, tileset, title, url, features, names, targets, log)
        return job.run(key, review, rewrite, progress)
    finally:
        opened.package.close()


def _judge_url(folder: CityFolder, url: str, title: str, log: IssueLog) -> None:
    """Say so when our page may not load a tileset from where its platform serves it."""
    if url and not RemoteSettings.of(folder.config).hosts.names(url):
        log.add("BINDING_URL_UNLISTED", file=title, host=urlsplit(url).netloc)


def _title(tileset: Path) -> str:
    """Name of a tileset: its folder's when the file is only called tileset.json."""
    path = tileset.resolve()
    return path.parent.name if path.name == "tileset.json" else path.name.split(".")[0]


def _features(
    opened: Opened, model: ModelRelease, key: str | None, crs: str | None, log: IssueLog,
    progress: Progress,
) -> tuple[Features, npt.NDArray[Any]]:  # fmt: skip
    """Every feature of every content in the model CRS, and what each is called here."""
    file = opened.package.name
    pieces = list(opened.pieces(progress))
    names = [own_names(piece) for piece in pieces]
    if not any(len(part) for part in names):
        log.add("TILESIN_NOTHING", file=file)
        return gather([], log, file), np.zeros(0, object)
    if key is not None:
        choose_key(pieces, key, log, file)
    progress.stage("place features")
    model_crs = model.manifest["crs"]
    features = gather(pieces, log, file, crs=model_crs, offset=model.manifest["height_offset"])
    if features.crs is None and crs is None:
        log.add("BINDING_NO_PLACE", file=file)
    elif features.crs is None:
        features.moved(str(crs), model_crs)
    return features, np.concatenate(names)


@dataclass
class _Job:
    """One attachment once everything is read."""

    folder: CityFolder
    model: ModelRelease
    opened: Opened
    tileset: Path
    title: str
    url: str
    features: Features
    names: npt.NDArray[Any]
    targets: Targets
    log: IssueLog

    def run(
        self, key: str | None, review: Path | None, rewrite: bool, progress: Progress
    ) -> AttachReport:
        progress.stage("match", len(self.features))
        column, ids = id_property(self.features, self.targets, key)
        called = np.where(ids == "", self.names, ids)
        known = ReviewList.open(self.folder, f"attach-{self.title}", self.log)
        if review is not None:
            known.take_decisions(review, self.log)
        keys = Keys.of(called, label=labels_of(self.features))
        decided = known.decided(keys, self.targets.called, self.log)
        matches = match(self.features, ids, self.targets, decided, self.names)
        told = matches.told()
        told.suggestions = suggest(keys, self.targets.called, told)
        known.note(keys, self.targets.called, told)
        self._report(matches, column, called, known.path.name)
        with stage(self.folder.bindings) as staging:
            manifest = self._write(staging.path, matches, column, known)
            if rewrite:
                base = self.model.manifest
                globe = Globe.of(base["crs"], base["height_offset"])
                manifest["rewritten"] = write_again(
                    self.features, matches.target, called, self.targets, staging.path,
                    globe=globe, synthetic=base["synthetic"], progress=progress,
                )  # fmt: skip
            digest = staging.commit(manifest)
        set_newest(self.folder, self.title, digest)
        known.write()
        return AttachReport(
            digest, self.title, len(self.features), manifest["counts"], manifest["how"], column,
            manifest["units_without"], manifest, self.log, known.path, self._finest(matches),
        )  # fmt: skip

    def _finest(self, matches: Matches) -> tuple[int, int]:
        mine = self.features.finest
        return int(mine.sum()), int((mine & (matches.target >= 0)).sum())

    @property
    def uris(self) -> npt.NDArray[Any]:
        """Content of every feature."""
        return np.array([*self.features.uris, ""], object)[self.features.content]

    def _write(self, out: Path, matches: Matches, column: str, known: ReviewList) -> dict[str, Any]:
        """Every file of the binding but its tiles; returns the manifest."""
        row = np.where(matches.target >= 0, self.targets.row[np.maximum(matches.target, 0)], -1)
        made = map_column(self.features, row)
        write_map(out, made, self.targets.level, self.model.digest, column)
        write_table(out, self.features, self.uris, row, matches, self.targets)
        (out / REVIEW).write_bytes(known.content())
        (out / FILES).write_bytes(as_json(self._files()))
        manifest = self._manifest(matches, made, column)
        report = {**manifest["counts"], "how": manifest["how"], "issues": self.log.to_json()}
        (out / REPORT).write_bytes(as_json(report))
        return manifest

    def _report(self, matches: Matches, column: str, called: npt.NDArray[Any], review: str) -> None:
        file = self.opened.package.name
        if column:
            self.log.add("BINDING_KEY", file=file, column=column, level=self.targets.level)
        for state, code in ((AMBIGUOUS, "BINDING_AMBIGUOUS"), (UNMATCHED, "BINDING_UNMATCHED")):
            rows = np.flatnonzero((matches.state == state) & (matches.how != "review"))
            if len(rows):
                shown = ", ".join(str(name) for name in called[rows[:5]])
                self.log.add(code, file=file, count=len(rows), names=shown, list=review)
        if len(matches.apart):
            shown = ", ".join(str(name) for name in called[matches.apart[:5]])
            self.log.add("BINDING_APART", file=file, count=len(matches.apart), names=shown)
        if not matches.count(MATCHED):
            self.log.add("BINDING_NOTHING", file=file)

    def _manifest(self, matches: Matches, made: MapColumn, column: str) -> dict[str, Any]:
        package = self.opened.package
        names, number = np.unique(matches.how[matches.target >= 0].astype(str), return_counts=True)
        bound = np.unique(matches.target[matches.target >= 0])
        return {
            "kind": "binding",
            "format": 1,
            "model": self.model.digest,
            "level": self.targets.level,
            "name": self.title,
            "tileset": {
                "path": "" if package.kind == WEB else str(self.tileset.resolve()),
                "package": package.kind,
                "entry": package.entry,
                "url": self.url,
                "version": self.opened.walk.version,
                "contents": len(made.contents),
            },
            "id_property": column,
            "features": len(self.features),
            "counts": {s: matches.count(s) for s in (MATCHED, AMBIGUOUS, UNMATCHED)},
            "how": dict(zip(names.tolist(), number.tolist(), strict=True)),
            "units_without": len(self.targets) - len(bound),
            "map": {"uri": MAP, "index": INDEX, "length": len(made.rows), "none": NONE},
        }

    def _files(self) -> dict[str, str]:
        """SHA-256 of every file of the tileset that was met, as stored."""
        package = self.opened.package
        found: dict[str, str] = {}
        for path in (*self.opened.walk.files, *package.met):
            if path not in found:
                data = package.raw(path)
                if data is not None:
                    found[path] = hashlib.sha256(data).hexdigest()
        return found
