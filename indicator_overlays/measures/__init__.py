"""The measures that come with the package: none knows another's result."""

from indicator_overlays.measure import Measure
from indicator_overlays.measures.building_count import BuildingCount
from indicator_overlays.measures.building_coverage import BuildingCoverage
from indicator_overlays.measures.cim_3d_coverage import Cim3dCoverage
from indicator_overlays.measures.communities_with import CHILDCARE, ELDERLY, RETAIL
from indicator_overlays.measures.dense_new_housing_share import DenseNewHousingShare
from indicator_overlays.measures.development_intensity import DevelopmentIntensity
from indicator_overlays.measures.floor_area_ratio import FloorAreaRatio
from indicator_overlays.measures.green_building_share import GreenBuildingShare
from indicator_overlays.measures.historic_building_vacancy import HistoricBuildingVacancy
from indicator_overlays.measures.land_over_15k_density import LandOver15kDensity
from indicator_overlays.measures.line_density import BikeLaneDensity
from indicator_overlays.measures.mean_height import MeanHeight
from indicator_overlays.measures.new_residential_over_80m import NewResidentialOver80m
from indicator_overlays.measures.park_coverage import ParkCoverage
from indicator_overlays.measures.per_person import SHELTER, SPORTS
from indicator_overlays.measures.permeable_surface_share import PermeableSurfaceShare
from indicator_overlays.measures.road_density import RoadDensity
from indicator_overlays.measures.road_share import BARRIER_FREE, UTILITY_TUNNEL
from indicator_overlays.measures.service_radius import (
    FIRE_STATION,
    GREENWAY,
    HOSPITAL,
    MIDDLE_SCHOOL,
)
from indicator_overlays.measures.shore import CoastalSetbackViolation, NaturalShorelineRate
from indicator_overlays.measures.walk15 import WALKS, Walk15Kinds

BUILT_IN: tuple[Measure, ...] = (
    DevelopmentIntensity(),
    RoadDensity(),
    ParkCoverage(),
    NewResidentialOver80m(),
    BuildingCoverage(),
    FloorAreaRatio(),
    MeanHeight(),
    BuildingCount(),
    BikeLaneDensity(),
    BARRIER_FREE,
    UTILITY_TUNNEL,
    GREENWAY,
    MIDDLE_SCHOOL,
    HOSPITAL,
    FIRE_STATION,
    RETAIL,
    ELDERLY,
    CHILDCARE,
    SHELTER,
    SPORTS,
    LandOver15kDensity(),
    PermeableSurfaceShare(),
    Cim3dCoverage(),
    DenseNewHousingShare(),
    GreenBuildingShare(),
    HistoricBuildingVacancy(),
    NaturalShorelineRate(),
    CoastalSetbackViolation(),
    *WALKS,
    Walk15Kinds(),
)
"""Every built-in measure."""
