"""A city folder: everything a city is, on disk, and the one way to add to it safely."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from cim_bridge.citytoml import CityConfig, read_config
from cim_bridge.errors import InputRefused, WrongUse
from cim_bridge.issues import IssueLog
from cim_bridge.staging import read_manifest

_HEAD = "HEAD"
_FOLDERS = (
    "systems", "rules", "scenes", "models", "bindings", "batches", "surveys", "files", "results",
)  # fmt: skip


@dataclass(frozen=True)
class CityFolder:
    """The paths and settings of one city; opened, never guessed."""

    path: Path
    config: CityConfig

    @classmethod
    def open(cls, path: Path) -> CityFolder:
        """Open an existing city folder; refuse one without a readable city.toml."""
        log = IssueLog()
        if not (path / "city.toml").is_file():
            log.add("CITY_NOT_FOUND", file=path, path=path)
            raise InputRefused(log)
        return cls(path, read_config(path / "city.toml"))

    @classmethod
    def init(
        cls, path: Path, *, name: str, crs: str, name_en: str = "", synthetic: bool = False
    ) -> CityFolder:
        """Make a new city folder; an existing city is never overwritten."""
        if (path / "city.toml").exists():
            raise WrongUse(
                f"{path} 已有城市，换一个文件夹 / already holds a city; choose another folder"
            )
        for folder in _FOLDERS:
            (path / folder).mkdir(parents=True, exist_ok=True)
        document = tomlkit.document()
        city = tomlkit.table()
        label = tomlkit.inline_table()
        label.update({"zh": name, "en": name_en or name})
        city["name"] = label
        city["crs"] = crs
        city["height_offset"] = 0.0
        city["synthetic"] = synthetic
        city["default_system"] = "MOHURD-2022"
        city["languages"] = ["zh", "en"]
        document["city"] = city
        (path / "city.toml").write_text(tomlkit.dumps(document), encoding="utf-8")
        return cls.open(path)

    @property
    def models(self) -> Path:
        """Model releases."""
        return self.path / "models"

    @property
    def batches(self) -> Path:
        """Deliveries of values, problems, projects and links."""
        return self.path / "batches"

    @property
    def results(self) -> Path:
        """Results releases."""
        return self.path / "results"

    @property
    def bindings(self) -> Path:
        """Bindings of tilesets that may not be changed."""
        return self.path / "bindings"

    @property
    def reviews(self) -> Path:
        """What people decide about names that fit no unit, or several: one list a source."""
        return self.path / "reviews"

    @property
    def surveys(self) -> Path:
        """Raw survey rows; never served."""
        return self.path / "surveys"

    @property
    def files(self) -> Path:
        """Files that were handed in, by their hash; never served as they are."""
        return self.path / "files"

    @property
    def systems(self) -> Path:
        """The city's own indicator systems."""
        return self.path / "systems"

    @property
    def rules(self) -> Path:
        """The city's own diagnosis rules."""
        return self.path / "rules"

    @property
    def scenes(self) -> Path:
        """The city's own scenes."""
        return self.path / "scenes"

    @property
    def database(self) -> Path:
        """The SQLite file that holds decisions."""
        return self.path / "twin.db"

    def head_model(self) -> str | None:
        """Digest of the newest model release, or None before the first `bridge`."""
        head = self.models / _HEAD
        return head.read_text(encoding="ascii").strip() if head.is_file() else None

    def set_head_model(self, digest: str) -> None:
        """Point to the newest model release, atomically."""
        temporary = self.models / f".{_HEAD}"
        temporary.write_text(digest + "\n", encoding="ascii")
        temporary.replace(self.models / _HEAD)

    def list_batches(self) -> list[tuple[str, dict[str, Any]]]:
        """(digest, manifest) of every batch, in the order of loading."""
        found = [
            (folder.name, read_manifest(folder))
            for folder in self.batches.glob("[0-9a-f]*")
            if (folder / "manifest.json").is_file()
        ]
        return sorted(found, key=lambda item: (int(item[1].get("seq", 0)), item[0]))

    def add_source(self, source: dict[str, Any]) -> None:
        """Record one bridged source in city.toml; a source of the same name is replaced."""
        file = self.path / "city.toml"
        document = tomlkit.parse(file.read_text(encoding="utf-8"))
        kept = [s for s in document.get("source", []) if s.get("name") != source["name"]]
        array = tomlkit.aot()
        for item in [*kept, source]:
            table = tomlkit.table()
            table.update({key: item[key] for key in item if item[key] is not None})
            array.append(table)
        document["source"] = array
        temporary = file.with_name(".city.toml")
        temporary.write_text(tomlkit.dumps(document), encoding="utf-8")
        temporary.replace(file)

    def describe(self) -> str:
        """Return the settings as JSON text, for logs and tests."""
        return json.dumps(self.config.raw, ensure_ascii=False, default=str)
