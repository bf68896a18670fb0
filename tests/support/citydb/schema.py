"""The tables, keys and registries of 3DCityDB 5, as its `schema.sql` has them."""

from __future__ import annotations

from collections.abc import Iterator

TABLES: dict[str, str] = {
    "address": "objectid text, identifier text, identifier_codespace text, street text, "
    "house_number text, po_box text, zip_code text, city text, state text, country text, "
    "free_text json, multi_point geometry(MULTIPOINTZ, {srid}), content text, "
    "content_mime_type text",
    "ade": "name text NOT NULL, description text, version text",
    "codelist": "codelist_type text, url text, mime_type text",
    "codelist_entry": "codelist_id bigint NOT NULL, code text, definition text",
    "feature": "objectclass_id integer NOT NULL, objectid text, identifier text, "
    "identifier_codespace text, envelope geometry(GEOMETRYZ, {srid}), "
    "last_modification_date timestamptz, updating_person text, reason_for_update text, "
    "lineage text, creation_date timestamptz, termination_date timestamptz, "
    "valid_from timestamptz, valid_to timestamptz",
    "geometry_data": "geometry geometry(GEOMETRYZ, {srid}), implicit_geometry geometry(GEOMETRYZ), "
    "geometry_properties json, feature_id bigint",
    "implicit_geometry": "objectid text, mime_type text, mime_type_codespace text, "
    "reference_to_library text, library_object bytea, relative_geometry_id bigint",
    "namespace": "alias text, namespace text, ade_id integer",
    "objectclass": "superclass_id integer, classname text, is_abstract numeric, "
    "is_toplevel numeric, ade_id integer, namespace_id integer, schema json",
    "datatype": "supertype_id integer, typename text, is_abstract numeric, ade_id integer, "
    "namespace_id integer, schema json",
    "tex_image": "image_uri text, image_data bytea, mime_type text, mime_type_codespace text",
    "appearance": "objectid text, identifier text, identifier_codespace text, theme text, "
    "creation_date timestamptz, termination_date timestamptz, valid_from timestamptz, "
    "valid_to timestamptz, is_global numeric, feature_id bigint, implicit_geometry_id bigint",
    "property": "feature_id bigint, parent_id bigint, datatype_id integer, namespace_id integer, "
    "name text, val_int bigint, val_double double precision, val_string text, "
    "val_timestamp timestamptz, val_uri text, val_codespace text, val_uom text, val_array json, "
    "val_lod text, val_geometry_id bigint, val_implicitgeom_id bigint, "
    "val_implicitgeom_refpoint geometry(GEOMETRYZ, {srid}), val_appearance_id bigint, "
    "val_address_id bigint, val_feature_id bigint, val_relation_type integer, val_content text, "
    "val_content_mime_type text",
}
"""Columns of each table beside its key `id`."""

WHOLE = frozenset({"ade", "namespace", "objectclass", "datatype"})
"""Tables whose key is an integer; all others have a bigint."""

REFERENCES: tuple[tuple[str, str, str, str], ...] = (
    ("appearance", "feature_id", "feature", "SET NULL"),
    ("appearance", "implicit_geometry_id", "implicit_geometry", "CASCADE"),
    ("codelist_entry", "codelist_id", "codelist", "CASCADE"),
    ("datatype", "ade_id", "ade", "CASCADE"),
    ("datatype", "namespace_id", "namespace", "CASCADE"),
    ("datatype", "supertype_id", "datatype", "CASCADE"),
    ("geometry_data", "feature_id", "feature", "SET NULL"),
    ("implicit_geometry", "relative_geometry_id", "geometry_data", "CASCADE"),
    ("namespace", "ade_id", "ade", "CASCADE"),
    ("objectclass", "ade_id", "ade", "CASCADE"),
    ("objectclass", "namespace_id", "namespace", "CASCADE"),
    ("objectclass", "superclass_id", "objectclass", "CASCADE"),
    ("property", "feature_id", "feature", "NO ACTION"),
    ("property", "parent_id", "property", "SET NULL"),
    ("property", "val_address_id", "address", "CASCADE"),
    ("property", "val_appearance_id", "appearance", "CASCADE"),
    ("property", "val_feature_id", "feature", "CASCADE"),
    ("property", "val_geometry_id", "geometry_data", "CASCADE"),
    ("property", "val_implicitgeom_id", "implicit_geometry", "CASCADE"),
)
"""Table, column, the table its key is of, and what a deletion does."""

INDEXES: tuple[tuple[str, str, str], ...] = (
    ("feature", "objectclass_id", ""), ("feature", "objectid", ""),
    ("feature", "termination_date", ""), ("geometry_data", "feature_id", ""),
    ("implicit_geometry", "relative_geometry_id", ""), ("property", "feature_id", ""),
    ("property", "parent_id", ""), ("property", "name", ""),
    ("property", "val_feature_id", "WHERE val_feature_id IS NOT NULL"),
    ("property", "val_geometry_id", "WHERE val_geometry_id IS NOT NULL"),
    ("property", "val_implicitgeom_id", "WHERE val_implicitgeom_id IS NOT NULL"),
    ("property", "val_address_id", "WHERE val_address_id IS NOT NULL"),
)  # fmt: skip
"""Indexes that the reader's questions lean on."""

NAMESPACES: dict[str, str] = {
    "core": "core", "dyn": "dynamizer", "gen": "generics", "luse": "landuse",
    "pcl": "pointcloud", "dem": "relief", "tran": "transportation", "con": "construction",
    "tun": "tunnel", "bldg": "building", "brid": "bridge", "app": "appearance",
    "grp": "cityobjectgroup", "veg": "vegetation", "vers": "versioning", "wtr": "waterbody",
    "frn": "cityfurniture", "depr": "deprecated",
}  # fmt: skip
"""Alias → module, in the order of their numbers."""

_MODULES: tuple[tuple[int, str, str], ...] = (
    (15, "core", "ClosureSurface"),
    (200, "gen", "GenericLogicalSpace* GenericOccupiedSpace* GenericUnoccupiedSpace* "
     "GenericThematicSurface*"),
    (300, "luse", "LandUse*"),
    (500, "dem", "ReliefFeature* - TINRelief MassPointRelief BreaklineRelief RasterRelief"),
    (601, "tran", "Railway* Section Waterway* Intersection Square* Track* Road* "
     "AuxiliaryTrafficSpace ClearanceSpace TrafficSpace Hole AuxiliaryTrafficArea TrafficArea "
     "Marking HoleSurface"),
    (701, "con", "OtherConstruction* - - Window Door - - - WallSurface GroundSurface "
     "InteriorWallSurface RoofSurface FloorSurface OuterFloorSurface CeilingSurface "
     "OuterCeilingSurface - DoorSurface WindowSurface"),
    (801, "tun", "Tunnel* TunnelPart TunnelConstructiveElement HollowSpace TunnelInstallation "
     "TunnelFurniture"),
    (901, "bldg", "Building* BuildingPart BuildingConstructiveElement BuildingRoom "
     "BuildingInstallation BuildingFurniture - BuildingUnit Storey"),
    (1001, "brid", "Bridge* BridgePart BridgeConstructiveElement BridgeRoom BridgeInstallation "
     "BridgeFurniture"),
    (1200, "grp", "CityObjectGroup*"),
    (1301, "veg", "SolitaryVegetationObject* PlantCover*"),
    (1500, "wtr", "WaterBody* - WaterSurface WaterGroundSurface"),
    (1600, "frn", "CityFurniture*"),
)  # fmt: skip
"""First number, namespace and classes in a row; * is a top-level one, - a number not used here."""

DATATYPES: dict[str, int] = {
    "Boolean": 2, "Integer": 3, "Double": 4, "String": 5, "URI": 6, "Timestamp": 7,
    "AddressProperty": 8, "FeatureProperty": 10, "GeometryProperty": 11, "Code": 14,
    "ExternalReference": 15, "ImplicitGeometryProperty": 16, "Measure": 17, "StringOrRef": 22,
    "GenericAttributeSet": 200, "Height": 702,
}  # fmt: skip


def classes() -> Iterator[tuple[int, str, bool, str]]:
    """(number, name, top-level, namespace) of each class that is not abstract."""
    for first, alias, words in _MODULES:
        for number, word in enumerate(words.split(), first):
            if word != "-":
                yield number, word.rstrip("*"), word.endswith("*"), alias


def statements(schema: str, srid: int, srs_name: str, version: str = "5.1.0") -> str:
    """Everything that makes an empty 3DCityDB, as one script."""
    lines = [f"CREATE SCHEMA {schema};", f"SET search_path TO {schema}, public;"]
    for table, columns in TABLES.items():
        kind = "integer" if table in WHOLE else "bigint"
        key = "" if table in WHOLE - {"ade"} else f" DEFAULT nextval('{table}_seq'::regclass)"
        if key:
            lines.append(f"CREATE SEQUENCE {table}_seq;")
        inner = columns.format(srid=srid)
        lines.append(f"CREATE TABLE {table} (id {kind}{key} NOT NULL PRIMARY KEY, {inner});")
    lines.append("CREATE TABLE database_srs (srid integer NOT NULL PRIMARY KEY, srs_name text);")
    lines.append(f"INSERT INTO database_srs VALUES ({srid}, '{srs_name}');")
    lines += _registries()
    lines += [_key(*reference) for reference in REFERENCES]
    lines += [f"CREATE INDEX ON {table} ({column}) {where};" for table, column, where in INDEXES]
    lines += _package(version)
    return "\n".join(lines)


def _key(table: str, column: str, other: str, action: str) -> str:
    key = f"FOREIGN KEY ({column}) REFERENCES {other} (id) ON DELETE {action}"
    return f"ALTER TABLE {table} ADD {key};"


def _registries() -> Iterator[str]:
    numbers = {alias: number for number, alias in enumerate(NAMESPACES, 1)}
    for alias, module in NAMESPACES.items():
        uri = f"http://3dcitydb.org/3dcitydb/{module}/5.0"
        yield f"INSERT INTO namespace VALUES ({numbers[alias]}, '{alias}', '{uri}', NULL);"
    for number, name, top, alias in classes():
        yield (
            "INSERT INTO objectclass (id, classname, is_abstract, is_toplevel, namespace_id) "
            f"VALUES ({number}, '{name}', 0, {int(top)}, {numbers[alias]});"
        )
    for name, number in DATATYPES.items():
        space = numbers["gen" if number == 200 else "con" if number >= 700 else "core"]
        yield (
            "INSERT INTO datatype (id, typename, is_abstract, namespace_id) "
            f"VALUES ({number}, '{name}', 0, {space});"
        )


def _package(version: str) -> Iterator[str]:
    """The function that tells the version, in the schema it lies in."""
    yield "CREATE SCHEMA IF NOT EXISTS citydb_pkg;"
    major, minor, revision = version.split(".")
    yield (
        "CREATE FUNCTION citydb_pkg.citydb_version(OUT version text, OUT major_version integer, "
        "OUT minor_version integer, OUT minor_revision integer) LANGUAGE sql AS "
        f"$$ SELECT '{version}'::text, {major}, {minor}, {revision} $$;"
    )
