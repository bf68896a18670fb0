"""The command line as a user types it."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from tests.support.server import CIMTWIN
from tests.support.stores import environment


def cimtwin(*words: object, exit_code: int = 0, timeout: float = 300) -> Any:
    """Run one verb with --json; returns its answer, checks its exit code."""
    argv = [str(CIMTWIN), *(str(word) for word in words), "--json"]
    ran = subprocess.run(
        argv,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env=environment(argv[1:]),
    )
    assert ran.returncode == exit_code, (
        f"{' '.join(argv)}\n{ran.stdout[-3000:]}{ran.stderr[-3000:]}"
    )
    return json.loads(ran.stdout) if ran.stdout.strip() else None
