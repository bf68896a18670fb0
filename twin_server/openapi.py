"""The API's description as a file: what the viewer's types are made from."""

from __future__ import annotations

import json
from typing import Any

from twin_server.app import make_api


def schema_text() -> str:
    """OpenAPI of every path in a fixed order, without version and titles: they shape nothing."""
    described = make_api().openapi()
    described["info"]["version"] = ""
    return json.dumps(_untitled(described), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _untitled(part: Any) -> Any:
    """Without the titles that only repeat a field's name."""
    if isinstance(part, dict):
        return {
            name: _untitled(value)
            for name, value in part.items()
            if not (name == "title" and isinstance(value, str))
        }
    return [_untitled(item) for item in part] if isinstance(part, list) else part
