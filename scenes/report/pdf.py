"""The document as PDF, by an office program of this machine."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

TIME_LIMIT = 180.0
OFFICES = ("soffice", "libreoffice")


def office() -> str | None:
    """The office program there is; None without one."""
    return next((found for name in OFFICES if (found := shutil.which(name))), None)


def write_pdf(document: Path) -> Path | None:
    """Convert a DOCX beside itself; None where no office program is, or where it fails."""
    program = office()
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as home:
        words = [
            program, "--headless", f"-env:UserInstallation={Path(home).as_uri()}",
            "--convert-to", "pdf", "--outdir", str(document.parent), str(document),
        ]  # fmt: skip
        try:
            subprocess.run(words, capture_output=True, timeout=TIME_LIMIT, check=False)
        except subprocess.TimeoutExpired:
            return None
    out = document.with_suffix(".pdf")
    return out if out.is_file() else None
