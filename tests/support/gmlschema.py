"""The official schemas of CityGML 2.0 and GML 3.1.1, as the package citysmith carries them."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree

_SITE = "schemas.opengis.net"


def _folder() -> Path:
    spec = find_spec("citysmith")
    assert spec is not None, "run `make setup`: it brings the schemas (package citysmith)"
    assert spec.origin is not None
    return Path(spec.origin).parent / "data" / "schemas"


class _Local(etree.Resolver):
    """Every address that a schema imports is a file of the package; none is fetched."""

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:
        path = _folder() / system_url.partition("://")[2]
        return self.resolve_filename(str(path), context) if path.is_file() else None


@cache
def citygml_schema() -> etree.XMLSchema:
    """All modules of CityGML 2.0 in one schema."""
    top = _folder() / _SITE / "citygml"
    files = {f"{path.parent.parent.name}/2.0": path for path in top.glob("*/2.0/*.xsd")}
    files["2.0"] = top / "2.0" / "cityGMLBase.xsd"
    imports = "".join(
        f'<xs:import namespace="http://www.opengis.net/citygml/{name}" schemaLocation="{path}"/>'
        for name, path in sorted(files.items())
    )
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Local())
    text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(text, parser))


def faults(path: Path) -> list[str]:
    """What the schema finds wrong in a file, line by line."""
    schema = citygml_schema()
    schema.validate(etree.parse(path))
    return [f"{error.line}: {error.message}" for error in schema.error_log]
