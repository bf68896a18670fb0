"""Rows as a table for a terminal, as Markdown, and what in them is a fault."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bench.matrix.catalogue import Entry, refused

Row = dict[str, Any]
COLUMNS = ("read", "features", "ids", "units", "tiles", "attach", "round_trip")
TITLES = ("file", "read", "features", "ids kept %", "units", "tiles", "attach %", "round trip", "s")
NEEDS_NONE = frozenset({"values", "sidecar"})


def faults(rows: list[Row], entries: list[Entry]) -> list[str]:
    """What must not be: a traceback, a source that is not read, a cell without value or reason."""
    found = []
    for row in rows:
        name = row["path"]
        if "traceback" in row:
            found.append(f"{name}: {row['traceback']}")
            continue
        if row.get("unchanged") is False:
            found.append(f"{name}: was refused and yet changed the city")
        if row["read"] == "refused" and not row["codes"]:
            found.append(f"{name}: refused without a finding")
        if row["kind"] != "bad" and row["read"] != "yes" and not refused(name):
            found.append(f"{name}: not read ({', '.join(row['codes'])})")
        empty = [c for c in COLUMNS if c not in row and not row["why"].get(c)]
        found += [f"{name}: cell {column} is empty without a reason" for column in empty]
    found += [
        f"{one.path}: no rule of sources.toml fits" for one in entries if one.kind == "unknown"
    ]
    done = {row["path"] for row in rows}
    wanted = [one.path for one in entries if one.kind not in (*NEEDS_NONE, "unknown")]
    return found + [f"{name}: was not examined" for name in wanted if name not in done]


def doubts(rows: list[Row]) -> list[str]:
    """What reads but is not whole: ids lost, tiles invalid, round trips unequal."""
    found = []
    for row in rows:
        if row.get("ids", 100) < 100:
            found.append(f"{row['path']}: ids kept {row['ids']} %, lost e.g. {row['ids_lost'][:3]}")
        if str(row.get("tiles", "")).startswith("invalid"):
            found.append(f"{row['path']}: tiles {row['tiles']}")
        if row.get("attach", 100) < 100:
            found.append(f"{row['path']}: attach {row['attach']} %")
        trips = row.get("round_trip") or {}
        found += [
            f"{row['path']}: {k} is not equal: {v}" for k, v in trips.items() if v is not True
        ]
        if row["kind"] == "bad" and not row["codes"]:
            found.append(f"{row['path']}: listed as bad, and nothing was found")
    return found


def cells(row: Row, notes: list[str]) -> list[str]:
    """Texts of one row; an empty cell is a number of the list of reasons."""
    made = [row["path"] if not row.get("note") else f"{row['path']} {_note(row['note'], notes)}"]
    for column in COLUMNS:
        if column in row:
            made.append(_text(column, row))
        else:
            why = row["why"].get(column, "no reason")
            why = refused(row["path"]) or why if row["read"] == "refused" else why
            made.append(f"— {_note(why, notes)}")
    return [*made, f"{row['seconds']:.1f}"]


def _note(reason: str, notes: list[str]) -> str:
    if reason not in notes:
        notes.append(reason)
    return f"[{notes.index(reason) + 1}]"


def _text(column: str, row: Row) -> str:
    value = row[column]
    if column == "read":
        return value if value == "yes" else f"refused ({', '.join(row['codes'][:3])})"
    if column == "units":
        return " ".join(f"{level} {n:,}" for level, n in value.items()) or "none"
    if column == "round_trip":
        bad = [name for name, equal in value.items() if equal is not True]
        return f"{len(value)}/{len(value)} equal" if not bad else "differs: " + ", ".join(bad)
    if column == "features":
        points = f" + {row['points']:,} points" if "points" in row else ""
        return f"{value:,}{points}"
    if column == "attach" and "attach_coarse" in row:
        return f"{value:g} (+{row['attach_coarse']:,} coarser)"
    return f"{value:g}" if isinstance(value, float) else str(value)


def lines(rows: list[Row], entries: list[Entry], *, markdown: bool) -> list[str]:
    """The whole table, its reasons, and the files that belong to others."""
    notes: list[str] = []
    made: list[str] = []
    for kind, title in (("model", "City models"), ("layer", "Layers and tables"),
                        ("tileset", "Tilesets"), ("bad", "Broken and invalid files")):  # fmt: skip
        mine = [row for row in rows if row["kind"] == kind]
        if not mine:
            continue
        table = [list(TITLES), *(_safe(row, notes) for row in mine)]
        made += ["", f"## {title} ({len(mine)})" if markdown else f"{title} ({len(mine)})", ""]
        made += _markdown(table) if markdown else _plain(table)
    made += ["", "## Reasons" if markdown else "Reasons", ""]
    made += [f"{'- ' if markdown else '  '}[{n}] {reason}" for n, reason in enumerate(notes, 1)]
    counted = Counter(one.of or one.kind for one in entries if one.kind in NEEDS_NONE)
    title = f"Files that belong to others ({sum(counted.values()):,})"
    made += ["", f"## {title}" if markdown else title, ""]
    mark = "- " if markdown else "  "
    return made + [f"{mark}{count:,}: {of}" for of, count in counted.most_common()]


def _safe(row: Row, notes: list[str]) -> list[str]:
    if "traceback" in row:
        return [row["path"], row["traceback"], *[""] * (len(TITLES) - 3), f"{row['seconds']:.1f}"]
    return cells(row, notes)


def _markdown(table: list[list[str]]) -> list[str]:
    head, *body = table
    rule = "|".join(["---"] * len(head))
    return [
        "| " + " | ".join(head) + " |",
        f"|{rule}|",
        *("| " + " | ".join(r) + " |" for r in body),
    ]


def _plain(table: list[list[str]]) -> list[str]:
    width = [max(len(row[n]) for row in table) for n in range(len(table[0]))]
    width = [min(w, 72 if n == 0 else 44) for n, w in enumerate(width)]
    return ["  ".join(cell.ljust(w) for cell, w in zip(row, width, strict=True)) for row in table]
