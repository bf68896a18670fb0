"""城市可渗透地面面积比例: ground that lets rain through."""

from __future__ import annotations

import numpy as np

from cim_bridge.texts import text
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures, nothing, only_where, ratio
from indicator_overlays.overlap import Shapes, area_inside, merged
from indicator_overlays.served import built_up, within

_KINDS = ("park", "green", "permeable")


class PermeableSurfaceShare:
    """Permeable ground inside the built-up area / built-up area without water x 100."""

    code = "permeable_surface_share"
    version = "1"
    levels = ("city", "district", "subdistrict", "community", "block")
    inputs = ("object:park", "object:green", "area:permeable", "area:built_up")
    method = text(
        "有地表覆盖（area:permeable）时用之，否则为公园与绿地；扣除其上楼栋基底；"
        "÷ 建成区面积（扣除水面）× 100",
        "mapped permeable ground (area:permeable) where there is any, else parks and greens, less"
        " the buildings on them / built-up area less water x 100",
    )
    limits = text(
        "无地表覆盖数据时看不到透水铺装与院落绿地，结果偏低；公园内的铺装视为可渗透",
        "without mapped land cover permeable paving and courtyards are not seen, so it is low;"
        " paving inside parks counts as permeable",
    )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Clip permeable ground and built-up land to every unit."""
        mapped = city.areas("permeable")
        soft = mapped if len(mapped) else np.concatenate([city.objects(kind) for kind in _KINDS])
        if len(soft) == 0:
            return nothing(len(city.units(level)), "object:park, object:green")
        units, (land, total) = city.shapes(level), built_up(city, level)
        soft, water, built = city.remember("soft ground", lambda: _ground(city, soft, land))
        if not len(land):
            total = city.area(level)
        total = np.maximum(total - area_inside(units, water), 0.0)
        open_ = area_inside(units, soft) - (area_inside(units, built) if len(built) else 0.0)
        value = ratio(np.maximum(open_, 0.0), total, 100.0)
        applies_not = (total <= 0) & (city.area(level) > 0)
        note = "" if len(mapped) else "parks and greens only"
        found = Figures(value, open_, total, note=note, not_applicable=applies_not)
        return only_where(found, city.surveyed(level))


def _ground(city: CityShapes, soft: Shapes, land: Shapes) -> tuple[Shapes, Shapes, Shapes]:
    """Permeable ground, water and the buildings on that ground, inside built-up land if mapped."""
    soft, water = merged(soft), merged(city.objects("water"))
    if len(land):
        soft, water = within(soft, land), within(water, land)
    built = within(city.footprints, soft) if len(city.footprints) else soft[:0]
    return soft, water, built
