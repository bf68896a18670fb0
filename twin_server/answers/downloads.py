"""Tables to carry away: the file of a unit and what a question found, as CSV or as a workbook.

Every table says what it is, when, of which system and version, and where its numbers come from.
"""

from __future__ import annotations

import io
from typing import Any

from cim_bridge.errors import WrongUse
from cim_bridge.texts import Text
from twin_server.answers.found import Finding
from twin_server.twin import Twin
from twin_server.version import version

FORMATS: tuple[str, ...] = ("csv", "xlsx")
Sheet = tuple[str, list[list[Any]]]
"""A sheet's name and its rows, the first of them the head."""

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FILE_HEAD = (
    "system", "code", "name_zh", "name_en", "category_zh", "category_en", "unit", "value", "state",
    "why_zh", "why_en", "period", "standard", "meets", "rank", "of", "source", "source_kind",
    "sources", "conflict", "via", "method", "note", "remarks", "address",
)  # fmt: skip


def file_sheets(twin: Twin, file: dict[str, Any]) -> list[Sheet]:
    """The file of a unit: what it is, its indicators, their years, its problems and projects."""
    return [
        ("indicators", [list(_FILE_HEAD), *(_indicator(item) for item in file["indicators"])]),
        ("years", _years(file)),
        ("problems", _problems(file)),
        ("projects", _projects(file)),
        ("about", _about(twin, file)),
    ]


def _indicator(item: dict[str, Any]) -> list[Any]:
    reason, category = item["reason"] or {}, item["category"]["label"]
    words = "; ".join(
        f"{said['source'] or ''}: {(said['grade'] or {}).get('zh', '')} "
        f"{(said['remark'] or {}).get('zh', '')}".strip()
        for said in item["qualitative"]
    )
    return [
        item["system"], item["code"], item["name"]["zh"], item["name"]["en"], category["zh"],
        category["en"], item["unit"], item["value"], item["state"],
        reason.get("zh") if item["value"] is None else None,
        reason.get("en") if item["value"] is None else None,
        item["period"], _standard(item["standard"]), _verdict(item["meets"]), item["rank"],
        item["of"], item["source"], item["source_kind"], item["sources"],
        "yes" if item["conflict"] else "no", item["via"], item["method"], item["note"],
        words or None, item["address"],
    ]  # fmt: skip


def _standard(standard: dict[str, Any] | None) -> str | None:
    if standard is None:
        return None
    mark = " (reference)" if standard["reference"] else ""
    if standard["op"] == "range":
        return f"{standard['low']} to {standard['high']}{mark}"
    return None if standard["value"] is None else f"{standard['op']} {standard['value']:g}{mark}"


def _verdict(meets: bool | None) -> str | None:
    return None if meets is None else ("met" if meets else "unmet")


def _years(file: dict[str, Any]) -> list[list[Any]]:
    rows: list[list[Any]] = [["system", "code", "year", "period", "value", "state"]]
    for item in file["indicators"]:
        rows += [
            [item["system"], item["code"], *(point[name] for name in rows[0][2:])]
            for point in item["trend"]
        ]
    return rows


def _problems(file: dict[str, Any]) -> list[list[Any]]:
    names = ["id", "rule", "severity", "state", "year", "value", "threshold", "unit_of_measure",
             "people", "address"]  # fmt: skip
    head = [*names, "title_zh", "title_en", "why_zh", "fix_zh", "department_zh"]
    return [
        head,
        *(
            [*(row[name] for name in names), row["title"]["zh"], row["title"]["en"],
             row["why"]["zh"], row["fix"]["zh"], row["department"]["zh"]]
            for row in file["problems"]
        ),
    ]  # fmt: skip


def _projects(file: dict[str, Any]) -> list[list[Any]]:
    names = ["id", "state", "start", "deadline", "overdue", "progress", "investment_10k", "on"]
    return [
        [*names, "name_zh", "name_en", "department_zh"],
        *(
            [*(row[name] for name in names), row["name"]["zh"], row["name"]["en"],
             row["department"]["zh"]]
            for row in file["projects"]
        ),
    ]  # fmt: skip


def _about(twin: Twin, file: dict[str, Any]) -> list[list[Any]]:
    facts: dict[str, Any] = {
        "id": file["id"],
        "level": file["level"],
        "label_zh": file["label"]["zh"],
        "label_en": file["label"]["en"],
        "year": file["year"],
        **{name: value for name, value in file["identity"].items() if value is not None},
        **stamp(twin, file["year"]),
    }
    return [["what", "value"], *([name, value] for name, value in facts.items())]


def stamp(twin: Twin, year: int | None) -> dict[str, Any]:
    """What every table says of itself: city, cut-off date, publication, version."""
    config = twin.folder.config
    published = twin.publication
    name: Text = config.name
    return {
        "city_zh": name["zh"],
        "city_en": name["en"],
        "cutoff_date": None if year is None else config.cutoff(year).isoformat(),
        "publication": None if published is None else published.id,
        "program": f"CIM Twin {version()}",
    }


def finding_sheets(twin: Twin, finding: Finding, question: str) -> list[Sheet]:
    """What a question found: a row a unit, a column a thing it asked about."""
    asked, units = finding.asked, twin.units
    keys = [field["key"] for field in finding.fields]
    refs = units.refs(finding.lines) if len(finding.lines) else []
    centres = units.centres[finding.lines].round(7).tolist()
    rows: list[list[Any]] = [["id", "label_zh", "label_en", "lon", "lat", *keys]]
    for at, (ref, centre) in enumerate(zip(refs, centres, strict=True)):
        cells = [column[at] for column in finding.cells]
        rows.append([ref["id"], ref["label"]["zh"], ref["label"]["en"], *centre, *cells])
    facts = {
        "level": asked.level, "year": asked.year, "system": asked.system, "question": question,
        "found": len(finding.lines), "of": len(asked.lines), "unknown": finding.unknown,
        **{f"column {field['key']}": _told(field) for field in finding.fields},
        **stamp(twin, asked.year),
    }  # fmt: skip
    return [("found", rows), ("about", [["what", "value"], *([k, v] for k, v in facts.items())])]


def _told(field: dict[str, Any]) -> str:
    level = f" @ {field['level']}" if field["level"] else ""
    return f"{field['label']['zh']} {field['label']['en']} ({field['unit'] or '-'}){level}"


def written(sheets: list[Sheet], form: str) -> bytes:
    """The bytes of a table; a CSV holds the first sheet alone, a workbook all of them."""
    if form not in FORMATS:
        raise WrongUse(f"no format {form!r}; known: {', '.join(FORMATS)}")
    return _csv(sheets) if form == "csv" else _xlsx(sheets)


def _csv(sheets: list[Sheet]) -> bytes:
    import csv

    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in sheets[0][1]:
        writer.writerow([harmless_cell(cell) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _xlsx(sheets: list[Sheet]) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([harmless_cell(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def harmless_cell(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe; control letters go."""
    if not isinstance(cell, str):
        return cell
    plain = "".join(letter for letter in cell if letter >= " " or letter in "\t\n\r")
    return f"'{plain}" if plain.startswith(_FORMULA) else plain
