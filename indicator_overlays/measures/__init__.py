"""The measures that come with the package: one file each, none knows another."""

from indicator_overlays.measures.building_count import BuildingCount
from indicator_overlays.measures.building_coverage import BuildingCoverage
from indicator_overlays.measures.development_intensity import DevelopmentIntensity
from indicator_overlays.measures.floor_area_ratio import FloorAreaRatio
from indicator_overlays.measures.mean_height import MeanHeight
from indicator_overlays.measures.new_residential_over_80m import NewResidentialOver80m
from indicator_overlays.measures.park_coverage import ParkCoverage
from indicator_overlays.measures.road_density import RoadDensity

BUILT_IN = (
    DevelopmentIntensity(),
    RoadDensity(),
    ParkCoverage(),
    NewResidentialOver80m(),
    BuildingCoverage(),
    FloorAreaRatio(),
    MeanHeight(),
    BuildingCount(),
)
"""Every built-in measure."""
