"""The sample city: a seeded, fictitious, CC0 coastal city as ordinary input files."""

from scenes.sample.sample import SampleReport, make_sample
from scenes.sample.steps import Step, steps

__all__ = ["SampleReport", "Step", "make_sample", "steps"]
