"""Names that columns have in tables, in Chinese and English, for every kind of delivery."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from cim_bridge.sheets import normal
from indicator_overlays.mapping import Mapping

_BRACKETS = re.compile(r"\s*[（(\[][^()（）]*[)）\]]\s*$")

VALUES: dict[str, tuple[str, ...]] = {
    "unit_id": (
        "unit id",
        "unit",
        "id",
        "单元编码",
        "单元编号",
        "单元",
        "空间单元",
        "编码",
        "编号",
    ),
    "level": ("level", "层级", "单元层级", "空间层级"),
    "system": ("system", "指标体系", "体系"),
    "indicator": (
        "indicator",
        "indicator code",
        "code",
        "指标",
        "指标编码",
        "指标名称",
        "指标代码",
    ),
    "period": ("period", "统计期", "时期", "数据年份", "年份", "时间", "data year"),
    "period_start": ("period start", "start date", "起始日期", "开始日期"),
    "period_end": ("period end", "end date", "结束日期", "截止日期"),
    "year": ("year", "checkup year", "survey year", "体检年份", "体检年度", "年度"),
    "value": ("value", "值", "指标值", "数值", "结果"),
    "numerator": ("numerator", "分子"),
    "denominator": ("denominator", "分母"),
    "unit": ("unit of measure", "uom", "单位", "计量单位"),
    "state": ("state", "status", "状态", "值状态"),
    "cutoff_date": ("cutoff date", "cutoff", "数据截止日期", "数据截止时间", "截止时间"),
    "note": ("note", "notes", "remark", "备注", "说明"),
    "confirmed": ("confirmed", "已核实", "核实说明", "核实"),
    "shared": ("shared", "shared with", "共用", "合并统计组"),
    "method": ("method", "方法", "计算方法"),
    "method_version": ("method version", "方法版本"),
}

PROBLEMS: dict[str, tuple[str, ...]] = {
    "problem_id": ("problem id", "id", "问题编号", "问题编码", "编号", "序号"),
    "unit_id": ("unit id", "unit", "单元编码", "单元编号", "空间单元", "所在单元", "位置编码"),
    "level": ("level", "层级", "单元层级"),
    "year": ("year", "checkup year", "survey year", "体检年份", "体检年度", "年度", "年份"),
    "rule": ("rule", "rule code", "规则", "规则编码", "城市病编码"),
    "indicator": ("indicator", "指标", "指标编码", "指标名称"),
    "title_zh": ("title zh", "title", "问题", "问题名称", "标题"),
    "title_en": ("title en", "title english"),
    "description_zh": ("description zh", "description", "问题描述", "描述", "说明"),
    "description_en": ("description en",),
    "severity": ("severity", "严重程度", "等级", "严重度"),
    "state": ("state", "status", "状态", "整改状态"),
    "department_zh": ("department zh", "department", "责任部门", "责任单位", "牵头部门"),
    "department_en": ("department en",),
    "found_date": ("found date", "date", "发现日期", "发现时间"),
    "source": ("source", "来源", "问题来源"),
    "people": ("people", "affected people", "影响人数", "涉及人数"),
    "evidence": ("evidence", "证据", "佐证"),
}

PROJECTS: dict[str, tuple[str, ...]] = {
    "project_id": ("project id", "id", "项目编号", "项目编码", "编号", "序号"),
    "name_zh": ("name zh", "name", "project", "项目名称", "名称"),
    "name_en": ("name en",),
    "state": ("state", "status", "状态", "项目状态", "进展状态"),
    "department_zh": (
        "department zh",
        "department",
        "责任部门",
        "责任单位",
        "实施主体",
        "牵头单位",
    ),
    "department_en": ("department en",),
    "deadline": ("deadline", "due", "完成时限", "计划完成日期", "计划完成时间", "竣工日期"),
    "start": ("start", "start date", "开工日期", "开始日期", "计划开工日期", "计划开工时间"),
    "investment_10k": (
        "investment 10k",
        "investment",
        "总投资",
        "投资额",
        "投资(万元)",
        "总投资(万元)",
    ),
    "fund_source": ("fund source", "funding", "资金来源"),
    "unit_ids": ("unit ids", "unit id", "units", "unit", "单元编码", "空间单元", "涉及单元"),
    "level": ("level", "层级", "单元层级"),
    "problem_ids": ("problem ids", "problem id", "problems", "问题编号", "对应问题", "关联问题"),
    "rules": ("rules", "rule", "规则", "规则编码", "对应规则", "城市病编码"),
    "description_zh": ("description zh", "description", "建设内容", "项目内容", "说明"),
    "description_en": ("description en",),
    "progress": ("progress", "进度", "进度(%)", "完成比例"),
    "effects": ("effects", "effect", "预期效果", "指标效果", "实施效果"),
    "geometry_wkt": ("geometry wkt", "wkt", "geometry", "图形", "几何"),
}

TASKS: dict[str, tuple[str, ...]] = {
    "indicator": ("indicator", "code", "指标编码", "指标", "指标名称"),
    "unit_id": ("unit id", "unit", "district", "单元编码", "区编码", "区", "责任区"),
    "level": ("level", "层级", "单元层级"),
    "year": ("year", "checkup year", "体检年份", "年度"),
    "department_zh": (
        "department zh", "department", "责任部门", "牵头部门", "责任单位", "牵头单位",
    ),
    "department_en": ("department en",),
    "deadline": ("deadline", "due", "完成时限", "报送时限", "截止日期"),
    "note": ("note", "备注", "说明"),
}  # fmt: skip

LINKS: dict[str, tuple[str, ...]] = {
    "problem_id": ("problem id", "problem", "问题编号", "问题编码"),
    "project_id": ("project id", "project", "项目编号", "项目编码"),
}

SURVEY: dict[str, tuple[str, ...]] = {
    "unit_id": (
        "unit id",
        "unit",
        "单元编码",
        "单元编号",
        "社区编码",
        "小区编码",
        "所在社区",
        "社区",
    ),
    "level": ("level", "层级", "单元层级"),
    "satisfaction": (
        "satisfaction",
        "overall satisfaction",
        "score",
        "满意度",
        "总体满意度",
        "综合满意度",
        "评分",
    ),
    "indicator": ("indicator", "指标", "题目", "question"),
    "date": ("date", "日期", "填写日期", "调查日期"),
    "channel": ("channel", "渠道", "来源渠道"),
    "age": ("age group", "age", "年龄", "年龄段"),
    "education": ("education", "学历", "受教育程度", "文化程度"),
    "income": ("income group", "income", "收入", "收入水平"),
    "registration": ("registration", "household registration", "户籍", "户口"),
    "area_group": ("area group", "area", "区域", "居住区域"),
}


def find_columns(
    titles: Sequence[str], aliases: dict[str, tuple[str, ...]], mapping: Mapping, key: str = ""
) -> dict[str, int]:
    """Our name → position of the column: what the mapping says first, then the known names.

    `key` names the id column as --key does.
    """
    plain = [normal(title) for title in titles]
    bare = [normal(_BRACKETS.sub("", title)) for title in titles]
    found: dict[str, int] = {}
    for ours, theirs in mapping.columns.items():
        if ours in aliases and normal(theirs) in plain:
            found[ours] = plain.index(normal(theirs))
    if key and normal(key) in plain:
        found["unit_id"] = plain.index(normal(key))
    taken = set(found.values())
    for ours, names in aliases.items():
        if ours in found:
            continue
        wanted = [normal(name) for name in (ours, *names)]
        at = _position(wanted, plain, taken)
        at = at if at >= 0 else _position(wanted, bare, taken)
        if at >= 0:
            found[ours] = at
            taken.add(at)
    return found


def _position(wanted: Sequence[str], titles: Sequence[str], taken: Collection[int]) -> int:
    """First column that has one of the names, in the order of the names; -1 when none has."""
    free = {title: at for at, title in reversed(list(enumerate(titles))) if at not in taken}
    return next((free[name] for name in wanted if name in free), -1)


def known_words(
    aliases: dict[str, tuple[str, ...]], mapping: Mapping, more: Iterable[str] = ()
) -> frozenset[str]:
    """Every word that marks a header row of this kind of table."""
    names = [name for ours, words in aliases.items() for name in (ours, *words)]
    return frozenset(normal(word) for word in (*names, *mapping.columns.values(), *more) if word)
