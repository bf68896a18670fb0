"""What each package gives to others: named, sorted, there, and free until it is used."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest

PACKAGES = ("cim_bridge", "indicator_overlays", "scenes", "twin_server", "viewer")
HEAVY = {
    "fastapi", "geopandas", "numpy", "pandas", "pyarrow", "pyvista", "scipy", "shapely",
    "sqlalchemy", "trimesh",
}  # fmt: skip
"""Libraries that no import of a package, and no --help, may load."""


@pytest.mark.parametrize("name", PACKAGES)
def test_public_names_are_sorted_and_are_what_the_package_has(name: str) -> None:
    package = import_module(name)
    told = package.__all__
    assert told == sorted(told, key=lambda word: (not word[0].isupper(), word))
    assert len(set(told)) == len(told)
    for word in told:
        found = getattr(package, word)
        assert found.__name__ == word, "a public name is what its home calls it"
        assert found.__module__.partition(".")[0] == name, "each package gives only its own"
        assert found.__doc__


@pytest.mark.parametrize("name", PACKAGES)
def test_a_public_name_is_never_also_a_module(name: str) -> None:
    package = import_module(name)
    modules = {item.name for item in iter_modules(package.__path__)}
    assert modules.isdisjoint(package.__all__), "which one is meant would depend on what ran before"


@pytest.mark.parametrize("name", [name for name in PACKAGES if name != "viewer"])
def test_what_is_not_there_is_refused_and_what_is_there_is_listed(name: str) -> None:
    package = import_module(name)
    assert dir(package) == sorted(package.__all__)
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        _ = package.nothing_of_this_name


@pytest.mark.parametrize("line", [f"import {', '.join(PACKAGES)}", "import twin_server.cli"])
def test_importing_costs_nothing(line: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"{line}; import sys; print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert HEAVY & {module.partition(".")[0] for module in told.stdout.split()} == set()
