"""Khronos' gltf-validator, run by the Node that built the viewer."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

_SCRIPT = """
const validator = require("gltf-validator"), fs = require("fs");
(async () => {
  const found = {};
  for (const file of process.argv.slice(1)) {
    const bytes = new Uint8Array(fs.readFileSync(file));
    const report = await validator.validateBytes(bytes, { uri: file, maxIssues: 1000 });
    found[file] = report.issues.messages.filter((m) => m.severity < 2).map((m) => m.code);
  }
  console.log(JSON.stringify(found));
})();
"""


def complaints(files: Iterable[Path], root: Path) -> dict[str, list[str]]:
    """Codes of errors and warnings by file; only files that have some."""
    modules = root / "viewer" / "node_modules"
    assert (modules / "gltf-validator").is_dir(), "run `make setup`: it brings gltf-validator"
    names = sorted(str(file) for file in files)
    node = [sys.executable, str(root / ".ci" / "npm.py"), "--node"]
    done = subprocess.run(
        [*node, "-e", _SCRIPT, *names],
        cwd=modules.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    report: dict[str, list[str]] = json.loads(done.stdout)
    assert set(report) == set(names)
    return {file: codes for file, codes in report.items() if codes}
