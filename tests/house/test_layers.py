"""The staircase of packages holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_imports_go_down_only(root: Path) -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run([linter], cwd=root, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout[-3000:]
    assert "0 broken" in answer.stdout
