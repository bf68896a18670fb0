"""Writes the appearances of a CityGML document into a 3DCityDB that holds its features already."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import psycopg
from lxml import etree

from tests.support.citydb.geometry import Element, id_of
from tests.support.citydb.writer import plain

TABLES = """
CREATE TABLE {0}.surface_data (id bigint PRIMARY KEY, objectid text, is_front integer,
  objectclass_id integer NOT NULL, x3d_transparency double precision, x3d_diffuse_color text,
  tex_image_id bigint, tex_wrap_mode text, gt_orientation jsonb);
CREATE TABLE {0}.surface_data_mapping (surface_data_id bigint NOT NULL,
  geometry_data_id bigint NOT NULL, material_mapping jsonb, texture_mapping jsonb,
  world_to_texture_mapping jsonb, georeferenced_texture_mapping jsonb,
  PRIMARY KEY (geometry_data_id, surface_data_id));
CREATE TABLE {0}.appear_to_surface_data (id bigserial PRIMARY KEY, appearance_id bigint NOT NULL,
  surface_data_id bigint);
"""
Mapping = dict[tuple[int, str], Any]


def dress(url: str, path: Path, schema: str = "citydb", *, images: bool = True) -> None:
    """images: whether the database holds them, or only where they are."""
    root = etree.parse(str(path)).getroot()
    with psycopg.connect(plain(url)) as link:
        link.execute(TABLES.format(schema))
        rows = link.execute(
            f"SELECT id, geometry_properties FROM {schema}.geometry_data"
        ).fetchall()
        writer = _Looks(link, schema, root, _homes(rows), path.parent if images else None)
        for number, one in enumerate(root.iter("{*}Appearance"), 1):
            writer.appearance(number, one)


def _homes(rows: list[Any]) -> dict[str, list[int]]:
    """Geometries in which a polygon stands, by its id."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, told in rows:
        for one in told.get("children", [told]):
            if one.get("objectId"):
                found[one["objectId"]].append(number)
    return found


class _Looks:
    def __init__(
        self, link: Any, schema: str, root: Element, homes: dict[str, list[int]],
        folder: Path | None,
    ) -> None:  # fmt: skip
        self.link, self.schema, self.root, self.homes = link, schema, root, homes
        self.folder, self.data = folder, 0

    def appearance(self, number: int, element: Element) -> None:
        theme = element.findtext("{*}theme")
        self._insert("appearance", id=number, theme=theme, is_global=0)
        for data in element.iter("{*}X3DMaterial", "{*}ParameterizedTexture"):
            self.data += 1
            local = etree.QName(data).localname
            held = self._material(data) if local == "X3DMaterial" else self._texture(data)
            self._insert("surface_data", id=self.data, is_front=1, objectclass_id=1, **held[0])
            self._insert("appear_to_surface_data", appearance_id=number, surface_data_id=self.data)
            geometries = sorted({home for mapping in held[1].values() for home, _ in mapping})
            for home in geometries:
                own = {
                    column: json.dumps({k: v for (at, k), v in mapping.items() if at == home})
                    for column, mapping in held[1].items()
                    if any(at == home for at, _ in mapping)
                }
                self._insert(
                    "surface_data_mapping", surface_data_id=self.data, geometry_data_id=home, **own
                )

    def _material(self, data: Element) -> tuple[dict[str, Any], dict[str, Mapping]]:
        rgb = [round(float(word) * 255) for word in data.findtext("{*}diffuseColor").split()]
        clear = data.findtext("{*}transparency")
        named = [self._polygons(one.text) for one in data.iter("{*}target")]
        mapping = {(home, p): True for some in named for p in some for home in self.homes[p]}
        told = {"x3d_diffuse_color": "#" + "".join(f"{one:02X}" for one in rgb)}
        if clear is not None:
            told["x3d_transparency"] = clear
        return told, {"material_mapping": mapping}

    def _texture(self, data: Element) -> tuple[dict[str, Any], dict[str, Mapping]]:
        uri = data.findtext("{*}imageURI")
        content = (self.folder / uri).read_bytes() if self.folder else None
        self._insert("tex_image", id=self.data, image_uri=uri, image_data=content)
        listed: Mapping = {}
        matrices: Mapping = {}
        for target in data.iter("{*}target"):
            for polygon in self._polygons(target.get("uri")):
                for home in self.homes[polygon]:
                    uv = [_pairs(one.text) for one in target.iter("{*}textureCoordinates")]
                    if uv:
                        listed[home, polygon] = uv
                    for one in target.iter("{*}worldToTexture"):
                        matrices[home, polygon] = [float(word) for word in one.text.split()]
        told = {"tex_image_id": self.data, "tex_wrap_mode": data.findtext("{*}wrapMode")}
        return told, {"texture_mapping": listed, "world_to_texture_mapping": matrices}

    def _polygons(self, uri: str) -> list[str]:
        """A polygon, or those of a surface, as the importer puts them down."""
        name = uri.removeprefix("#")
        (holder,) = (one for one in self.root.iter() if isinstance(one.tag, str)
                     and id_of(one) == name)  # fmt: skip
        return [id_of(one) for one in holder.iter("{*}Polygon")]

    def _insert(self, table: str, **values: Any) -> None:
        marks = ", ".join(["%s"] * len(values))
        self.link.execute(
            f"INSERT INTO {self.schema}.{table} ({', '.join(values)}) VALUES ({marks})",
            list(values.values()),
        )


def _pairs(text: str) -> list[list[float]]:
    numbers = [float(word) for word in text.split()]
    return [numbers[k : k + 2] for k in range(0, len(numbers), 2)]
