"""What is published of the sample city, opened as scenes need it."""

from __future__ import annotations

import pytest

from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from indicator_overlays.results_reader import Results
from indicator_overlays.system import load_systems
from scenes.scene import Published
from twin_server.demo import Demo
from twin_server.scenebook import published_of
from twin_server.store import open_store


def published_city(folder: CityFolder) -> Published:
    """Open what a city shows now."""
    store = open_store(folder)
    now = store.current()
    store.close()
    assert now is not None
    results = Results(folder.results / now.results)
    return published_of(folder, now, open_model(folder, now.model), results, load_systems(folder))


@pytest.fixture(scope="module")
def published(demo: Demo) -> Published:
    """The sample city's current publication."""
    return published_city(CityFolder.open(demo.city))
