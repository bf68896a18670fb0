"""The viewer's types are made from the API as it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

from twin_server.openapi import schema_text

WAY = "refresh it: `make api`"


def test_the_viewers_schema_is_the_servers(root: Path) -> None:
    stored = (root / "viewer" / "openapi.json").read_text(encoding="utf-8")
    assert json.loads(stored) == json.loads(schema_text()), WAY


def test_every_shape_of_the_schema_has_its_type(root: Path) -> None:
    shapes = json.loads((root / "viewer" / "openapi.json").read_text(encoding="utf-8"))
    types = (root / "viewer" / "src" / "api.gen.ts").read_text(encoding="utf-8")
    for name, shape in shapes["components"]["schemas"].items():
        found = re.search(
            rf"^        {name}: \{{$(.*?)^        \}};?$", types, re.MULTILINE | re.DOTALL
        )
        assert found, f"{name}: {WAY}"
        for field in shape.get("properties", {}):
            assert re.search(rf"^ +\"?{re.escape(field)}\"?\??:", found[1], re.MULTILINE), (
                f"{name}.{field}: {WAY}"
            )
