"""Appearances of a 3DCityDB: what the faces of a page wear, as the CityGML reader would say it.

`surface_data_mapping` names polygons by the ids of their geometry's JSON: with a material, with
texture coordinates ring by ring, or with a matrix. Images come from the database itself; one that
only has an address is never fetched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, bindparam, text

from cim_bridge.citygml.appearance import WRAPS, Appearance, Wear
from cim_bridge.citygml.batch import Batch
from cim_bridge.crs import F64
from cim_bridge.geometry.faces import I64
from cim_bridge.issues import IssueLog
from cim_bridge.materials import REPEAT, Colour, Material, Picture

TABLES = (
    "appearance", "appear_to_surface_data", "surface_data", "surface_data_mapping", "tex_image",
)  # fmt: skip
"""Tables that hold looks; where one lacks or is closed, the geometry is read without them."""
_DEFAULT: Colour = (0.8, 0.8, 0.8, 1.0)
_HELD = text(
    "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname "
    "= :schema AND c.relname = ANY(:names) AND has_table_privilege(c.oid, 'SELECT')"
)

Names = dict[int, str]
"""Number of a polygon among the shapes of a page → its id."""


def open_looks(connection: Connection, schema: str, label: str, log: IssueLog) -> Looks | None:
    """Looks of a database; None where it holds none, or they may not be read.

    Of several themes the one with most textures is taken, and the one with most materials.
    """
    if connection.scalar(_HELD, {"schema": schema, "names": list(TABLES)}) != len(TABLES):
        return None
    rows = connection.execute(_statement(_THEMES, schema)).all()
    if not any(row.images or row.colours for row in rows):
        return None
    image = min(rows, key=lambda row: (-row.images, row.theme))
    colour = min(rows, key=lambda row: (-row.colours, row.theme))
    taken = {row.theme for row, count in ((image, image.images), (colour, colour.colours)) if count}
    others = sorted(row.theme or "—" for row in rows if row.theme not in taken)
    if others:
        shown = ", ".join(sorted(name or "—" for name in taken))
        log.add("THEMES_OTHER", file=label, theme=shown, others=", ".join(others))
    return Looks(connection, schema, image.theme, colour.theme)


_KEYS = (
    "(SELECT count(*) FROM jsonb_object_keys(CASE WHEN jsonb_typeof(m.{0}::jsonb) = 'object' "
    "THEN m.{0}::jsonb ELSE jsonb_build_object() END))"
)
_THEMES = (
    "SELECT coalesce(a.theme, '') AS theme, sum("  # noqa: S608 - names of our own
    + _KEYS.format("texture_mapping")
    + " + "
    + _KEYS.format("world_to_texture_mapping")
    + ") AS images, sum("
    + _KEYS.format("material_mapping")
    + ") AS colours FROM {schema}.appearance a "
    "JOIN {schema}.appear_to_surface_data l ON l.appearance_id = a.id "
    "JOIN {schema}.surface_data_mapping m ON m.surface_data_id = l.surface_data_id "
    "GROUP BY 1 ORDER BY 1"
)
_WORN = """
SELECT DISTINCT m.geometry_data_id AS geometry, m.surface_data_id AS data,
  coalesce(a.theme, '') AS theme, m.material_mapping::text AS colours,
  m.texture_mapping::text AS images, m.world_to_texture_mapping::text AS matrices,
  m.georeferenced_texture_mapping IS NOT NULL AS georeferenced, s.x3d_diffuse_color AS colour,
  s.x3d_transparency AS clear, s.tex_image_id AS image, s.tex_wrap_mode AS wrap
FROM {schema}.surface_data_mapping m JOIN {schema}.surface_data s ON s.id = m.surface_data_id
JOIN {schema}.appear_to_surface_data l ON l.surface_data_id = s.id
JOIN {schema}.appearance a ON a.id = l.appearance_id
WHERE m.geometry_data_id = ANY(:page) AND coalesce(a.theme, '') IN (:image, :colour)
ORDER BY data, geometry
"""
_IMAGES = "SELECT id, image_uri, image_data FROM {schema}.tex_image WHERE id = ANY(:page)"


def _statement(words: str, schema: str) -> Any:
    quoted = '"' + schema.replace('"', '""') + '"'
    return text(words.format(schema=quoted))


@dataclass
class _Page:
    """What one page wears, as it is collected."""

    table: dict[Material, int] = field(default_factory=dict)
    worn: dict[tuple[int, str], Wear] = field(default_factory=dict)
    rings: dict[tuple[int, str], int] = field(default_factory=dict)
    uv: list[F64] = field(default_factory=list)
    matrices: list[F64] = field(default_factory=list)

    def row(self, material: Material) -> int:
        return self.table.setdefault(material, len(self.table))

    def put(self, key: tuple[int, str], **more: int) -> None:
        self.worn[key] = self.worn.get(key, Wear())._replace(**more)

    def appearance(self) -> Appearance:
        counts = np.array([len(one) for one in self.uv], np.int64)
        uv = np.concatenate(self.uv) if self.uv else np.zeros((0, 2))
        matrices = np.array(self.matrices).reshape(-1, 3, 4)
        offset = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        return Appearance(tuple(self.table), {}, {}, uv, offset, matrices)


@dataclass
class Looks:
    """Asks for what a page wears. image_theme, colour_theme: the themes that are taken."""

    connection: Connection
    schema: str
    image_theme: str
    colour_theme: str
    skipped: Counter[str] = field(default_factory=Counter)
    lost: dict[int, str] = field(default_factory=dict)
    _pictures: dict[int, Picture | None] = field(default_factory=dict)

    def dress(
        self, batch: Batch, geometry: I64, polygon: I64, rings: I64, names: Names
    ) -> Appearance | None:
        """Put into the batch what its faces wear; None when none wears anything.

        geometry, polygon (F,): id of the geometry and number of the shape of every face. rings
        (F,): how many rings it has. names: ids of the polygons.
        """
        page = self._page(np.unique(geometry).tolist())
        if not page.worn:
            return None
        for face, (own, shape) in enumerate(zip(geometry.tolist(), polygon.tolist(), strict=True)):
            key = (own, names.get(shape, ""))
            wear = page.worn.get(key)
            if wear is None:
                continue
            batch.worn[face] = wear
            first = page.rings.get(key)
            if first is not None:
                count = min(int(rings[face]), self._listed[key])
                batch.ring_of |= {batch.face[face] + k: first + k for k in range(count)}
        return page.appearance() if batch.worn else None

    def _page(self, geometries: list[int]) -> _Page:
        page = _Page()
        self._listed: dict[tuple[int, str], int] = {}
        names = {"image": self.image_theme, "colour": self.colour_theme}
        asked = _statement(_WORN, self.schema).bindparams(bindparam("page"))
        rows = self.connection.execute(asked, {"page": geometries, **names}).all()
        self._fetch([row.image for row in rows if row.image is not None])
        for row in rows:
            if row.theme == self.colour_theme:
                self._colours(row, page)
            if row.theme == self.image_theme:
                self._images(row, page)
            self.skipped["GeoreferencedTexture"] += bool(row.georeferenced)
        return page

    def _colours(self, row: Row[Any], page: _Page) -> None:
        number = page.row(Material(_colour(row.colour, row.clear)))
        for name, given in _object(row.colours).items():
            key = (row.geometry, name)
            if given is True and page.worn.get(key, Wear()).material < 0:
                page.put(key, material=number)

    def _images(self, row: Row[Any], page: _Page) -> None:
        picture = self._pictures.get(row.image)
        if picture is None:
            return
        wrap = WRAPS.get((row.wrap or "wrap").strip(), REPEAT)
        number = page.row(Material(picture=picture, wrap=wrap))
        for name, told in _object(row.images).items():
            key, uv = (row.geometry, name), _coordinates(told)
            if uv and page.worn.get(key, Wear()).image < 0:
                page.put(key, image=number)
                page.rings[key], self._listed[key] = len(page.uv), len(uv)
                page.uv += uv
        for name, told in _object(row.matrices).items():
            key, found = (row.geometry, name), _numbers(told, 12)
            if found is not None and page.worn.get(key, Wear()).image < 0:
                page.put(key, image=number, generator=len(page.matrices))
                page.matrices.append(found)

    def _fetch(self, wanted: Sequence[int]) -> None:
        """Images that were not met before."""
        new = sorted(set(wanted) - self._pictures.keys())
        if not new:
            return
        for row in self.connection.execute(_statement(_IMAGES, self.schema), {"page": new}):
            data = bytes(row.image_data) if row.image_data else None
            self._pictures[row.id] = Picture(data=data) if data else None
            if data is None:
                self.lost[row.id] = row.image_uri or str(row.id)

    def report(self, log: IssueLog, label: str) -> None:
        """Tell once what cannot be drawn."""
        if self.lost:
            first = self.lost[min(self.lost)][:200]
            log.add("TEXTURE_MISSING", file=label, count=len(self.lost), image=first)
        for kind, count in sorted(self.skipped.items()):
            if count:
                log.add("TEXTURE_KIND_SKIPPED", file=label, kind=kind, count=count)


def _object(told: str | None) -> dict[str, Any]:
    import orjson

    try:
        found = orjson.loads(told) if told else {}
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _coordinates(told: Any) -> list[F64]:
    """Texture coordinates (n, 2) of each ring; none where they are no numbers."""
    rings = [_numbers(ring) for ring in told] if isinstance(told, list) else []
    good = [ring for ring in rings if ring is not None and ring.ndim == 2 and ring.shape[1] == 2]
    return good if len(good) == len(rings) else []


def _numbers(told: Any, count: int = 0) -> F64 | None:
    try:
        found = np.array(told, np.float64)
    except (TypeError, ValueError):
        return None
    fits = found.size == count if count else found.size > 0
    return found if fits and np.isfinite(found).all() else None


def _colour(told: str | None, clear: float | None) -> Colour:
    """`#RRGGBB` and a transparency; CityGML's defaults where they are absent."""
    digits = (told or "").strip().removeprefix("#")
    try:
        red, green, blue = (int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4))
    except ValueError:
        red, green, blue = _DEFAULT[:3]
    opacity = 1.0 - float(np.clip(clear, 0.0, 1.0)) if clear is not None else 1.0
    return red, green, blue, opacity
