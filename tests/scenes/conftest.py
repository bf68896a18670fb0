"""One small sample city, made once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenes.sample import SampleReport, make_sample

BUILDINGS = 5_000


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    """A city of 5,000 buildings."""
    return make_sample(tmp_path_factory.mktemp("sample"), buildings=BUILDINGS, seed=7)


@pytest.fixture(scope="session")
def files(sample: SampleReport) -> Path:
    """Where its files are."""
    return sample.path
