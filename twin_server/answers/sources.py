"""What sources are called: the city's own labels, for screens of one language at a time."""

from __future__ import annotations

from cim_bridge.citytoml import CityConfig
from cim_bridge.texts import Text, as_text, text
from indicator_overlays.values import SEVERAL

OURS: dict[str, Text] = {
    "cimtwin": text("本系统计算", "computed by this system"),
    SEVERAL: text("多个来源", "several sources"),
}
"""Names that this product itself writes where a source is named."""


def source_labels(config: CityConfig) -> dict[str, Text]:
    """Label of each source by the name that values and units carry.

    The city gives its own in city.toml: `[sources."name"]` with `label = { zh = …, en = … }`.
    """
    named = config.raw.get("sources", {})
    told = {name: as_text(item["label"]) for name, item in named.items() if "label" in item}
    return {**OURS, **told}
