"""Words and looks of the page of publications."""

from __future__ import annotations

Words = dict[str, str]

WORDS: dict[str, Words] = {
    "zh": {
        "lang": "zh", "other": "English", "home": "← 返回地图", "title": "数据发布",
        "seq": "序号", "time": "时间（UTC）", "by": "发布人", "note": "说明", "model": "模型",
        "results": "结果", "published": "已发布", "current": "当前",
        "nothing": "尚未发布任何数据。",
        "changes": "模型变化", "first": "首次发布，无可比较。",
        "same": "模型没有变化；仅结果更新。",
        "added": "新增", "removed": "移除", "moved": "移动", "changed": "修改",
        "unchanged": "未变", "level": "层级", "more": "个", "number": "编号",
        "open": "待批准的发布", "two": "本市发布须由两人完成：一人提出，另一人批准。",
        "none_open": "目前没有待批准的发布。",
    },
    "en": {
        "lang": "en", "other": "中文", "home": "← Back to the map", "title": "Publications",
        "seq": "No.", "time": "Time (UTC)", "by": "By", "note": "Note", "model": "Model",
        "results": "Results", "published": "Published", "current": "current",
        "nothing": "Nothing is published yet.",
        "changes": "Changes of the model", "first": "The first publication: nothing to compare.",
        "same": "The model did not change; only results are new.",
        "added": "added", "removed": "removed", "moved": "moved", "changed": "changed",
        "unchanged": "unchanged", "level": "Level", "more": "more", "number": "Number",
        "open": "Waiting for approval",
        "two": "This city publishes by two persons: one proposes, another approves.",
        "none_open": "Nothing is waiting now.",
    },
}  # fmt: skip
"""Every word of the page, in both languages."""

STYLE = """
body{font:16px/1.55 system-ui,"Microsoft YaHei","PingFang SC",sans-serif;margin:0}
body{background:#eef2f4;color:#1d2b33}
main{max-width:68rem;margin:0 auto;padding:1.5rem 1.2rem 4rem}
nav{display:flex;justify-content:space-between;margin-bottom:1rem}a{color:#125e8a}
h1{font-size:1.5rem;margin:.2rem 0 1rem}h2{font-size:1.15rem;margin:2rem 0 .6rem}
.wide{overflow-x:auto;background:#fff;border-radius:10px;box-shadow:0 1px 4px #1d2b3318}
table{border-collapse:collapse;width:100%}
th,td{padding:.5rem .8rem;text-align:left;border-bottom:1px solid #e3e9ec;white-space:nowrap}
th{color:#44545c;font-weight:600;font-size:.9rem}
tr.chosen td{background:#e4f0f8}.number{text-align:right;font-variant-numeric:tabular-nums}
.now{background:#1d7a46;color:#fff;border-radius:99px;padding:.1rem .6rem;font-size:.8rem}
.note{color:#44545c}code{font:.85rem ui-monospace,monospace;color:#33434c}
.tiles{display:flex;gap:1rem;flex-wrap:wrap;margin-bottom:1rem}
.tiles div{background:#fff;border-radius:10px;padding:.8rem 1.4rem;min-width:6rem}
.tiles b{display:block;font-size:1.6rem;font-variant-numeric:tabular-nums}
.tiles span{color:#44545c}
details{margin:.6rem 0;background:#fff;border-radius:10px;padding:.5rem .9rem}
summary{cursor:pointer;font-weight:600}.ids{line-height:2}
@media(prefers-color-scheme:dark){body{background:#10181d;color:#dfe8ec}
.wide,.tiles div,details{background:#18242b}th,td{border-color:#26343c}
th,.note,.tiles span{color:#9fb2bc}a{color:#7cc3ef}code{color:#b9c8d0}
tr.chosen td{background:#1d3542}}
"""
