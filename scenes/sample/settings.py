"""Settings of the sample city: additions to city.toml and the city's own local indicators."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

ATTRIBUTION = "虚构数据，CC0 · Synthetic data of a fictitious city, CC0"
CITY_TOML = """\
# Settings of the sample city; synthetic, fictitious, CC0. 虚构城市的设置。
[city]
name = { zh = "澜湾市（虚构）", en = "Lanwan (fictitious)" }
crs = "EPSG:4549"
height_offset = 0.0
synthetic = true
as_of = 2025-06-30  # the day on which the story is told: deadlines are held against it
default_system = "MOHURD-2022"
languages = ["zh", "en"]
stale_after_years = 2
attribution = ["{attribution}"]

[levels.district]
label = { zh = "区", en = "District" }
[levels.subdistrict]
label = { zh = "街道", en = "Subdistrict" }
[levels.community]
label = { zh = "社区", en = "Community" }
[levels.block]
label = { zh = "街区", en = "Block" }
[levels.compound]
label = { zh = "小区", en = "Compound" }
[levels.building]
label = { zh = "楼栋", en = "Building" }

"""
YEARS_TOML = "".join(f"[years.{year}]\ncutoff = {year - 1}-12-31\n" for year in range(2021, 2026))
ADOPTION_TOML = """
[adoption]
tolerance = 0.05
order = ["statistics", "third_party", "department", "self_report", "survey", "computed"]

[privacy]  # nobody lives in a fictitious city: every value may be shown, on single buildings too
open = ["*"]
"""
MILESTONES = (  # what the checkup of 2025 was to reach, by when, and when it did
    ("体检工作部署", "checkup begun", "2025-02-28", "2025-02-24"),
    ("数据采集完成", "data collected", "2025-05-31", "2025-06-06"),
    ("问题诊断与清单确认", "problems diagnosed and confirmed", "2025-06-20", ""),
    ("体检报告提交", "report handed in", "2025-09-30", ""),
    ("年度更新计划下达", "renewal plan of the year issued", "2025-11-30", ""),
)

OWN = (  # folder and file of the city's own lists and rules, and where they lie here
    ("systems", "lanwan-local.csv", "local_indicators.csv"),
    ("systems", "lanwan-people.toml", "lanwan_people.toml"),
    ("rules", "L01.toml", "L01.toml"),
)

# layers and files of the model, as units name them
LAYER_LABELS = {
    "districts": ("行政区划", "Administrative boundaries"),
    "subdistricts": ("街道界线", "Subdistrict boundaries"),
    "communities": ("社区界线", "Community boundaries"),
    "blocks": ("街区划分", "City blocks"),
    "compounds": ("小区台账", "Register of compounds"),
    "areas": ("专题片区", "Special areas"),
    "water": ("水系测绘", "Survey of waters"),
    "green": ("林地调查", "Survey of woodland"),
    "parks": ("公园名录", "Register of parks"),
    "roads": ("道路中心线", "Road centre lines"),
    "facilities": ("公共设施点位", "Public facilities"),
    "ground": ("地形测绘", "Terrain survey"),
    "buildings": ("建筑普查模型", "Building survey model"),
}


def _labels(names: dict[str, tuple[str, str]]) -> str:
    return "".join(
        f'\n[sources."{name}"]\nlabel = {{ zh = "{zh}", en = "{en}" }}\n'
        for name, (zh, en) in names.items()
    )


def _milestones() -> str:
    return "".join(
        f'\n[[milestone]]\nname = {{ zh = "{zh}（虚构）", en = "{en} (fictitious)" }}\n'
        + f"due = {due}\n"
        + (f"done = {done}\n" if done else "")
        for zh, en, due, done in MILESTONES
    )


README = """\
# 澜湾市（虚构） · Lanwan (fictitious)

Synthetic input files of a city that does not exist: made by a seeded generator, CC0-1.0.
虚构城市的合成输入数据，由带种子的程序生成，CC0-1.0；不代表任何真实地点。

| folder | content |
|---|---|
| model/ | CityJSON: buildings (LoD1, old houses LoD2), ground; the two below |
| layers/ | GeoPackage: districts to compounds, special areas, roads, parks, facilities ... |
| tables/ | CSV, XLSX: values, surveys, remarks, problems, projects; `*.map.toml`: how to read |
| settings/ | what a user writes into city.toml, systems/ and rules/ |
| model_next/ | changes for a later version of the model |

Extra inputs, not read by the demo; the same buildings as in the CityJSON, to try readers with:
`model/harbour_quarter.gml` (CityGML 2.0, LoD2: 48 houses of the old harbour) and
`model/landmark.ifc` (IFC4: the bay tower, storey by storey; its property set CIMTwin_Identity
names its building). 另附旧港建筑（CityGML）与澜湾塔（IFC），演示不读取，供试用读取功能。

Coordinates: EPSG:4549 (CGCS2000, central meridian 120 E), easting first, metres.
Values: checkup years 2021 to 2025; a year's period is the calendar year before it.

Agreement: what geometry can say is said by geometry. The newest value of every indicator that has
a measure is taken from that measure, run on these very shapes; earlier years follow a trend. About
two in a hundred of those values are off on purpose (their note says: measured on an older base
map), and each district's own report is famous for one number that the city disputes. 有测算方法
的指标，最新年份取自同一几何的测算结果，往年按趋势回推；约百分之二的数值有意写错并在备注说明
（旧底图），每个区的自查报告各有一个与市级数据相左的数。
"""


def write_settings(folder: Path, sources: dict[str, tuple[str, str]]) -> None:
    """``city.toml`` (to be merged into the city's own), ``systems/`` and ``rules/``.

    sources: labels of the sources of values by the name that deliveries give them.
    """
    (folder.parent / "README.md").write_text(README, encoding="utf-8")
    (folder / "city.toml").write_text(
        CITY_TOML.replace("{attribution}", ATTRIBUTION)
        + YEARS_TOML
        + ADOPTION_TOML
        + _milestones()
        + _labels({**LAYER_LABELS, **sources}),
        encoding="utf-8",
    )
    for kind, name, source in OWN:
        (folder / kind).mkdir(exist_ok=True)
        content = resources.files("scenes.sample").joinpath(source).read_bytes()
        (folder / kind / name).write_bytes(content)
