"""Takes the clock out of an office file: same report, same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

MOMENT = (2020, 1, 1, 0, 0, 0)
STAMP = b"2020-01-01T00:00:00Z"
_WHEN = rb"(?:\w+:)?(?:created|modified)"
_DATES = re.compile(rb"(<" + _WHEN + rb"\b[^>]*>)[^<]*(</" + _WHEN + rb">)")
"""Whatever the prefix: it is the process's, and other libraries name it too."""


def settle(path: Path) -> None:
    """Write the entries of a ZIP again with one fixed date, and one in its properties too."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "docProps/core.xml":
                content = _DATES.sub(rb"\g<1>" + STAMP + rb"\g<2>", content)
            info = zipfile.ZipInfo(item.filename, MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, content)
    path.write_bytes(out.getvalue())
