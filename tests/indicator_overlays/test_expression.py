"""The rule language: what it takes, what it refuses, and that unknown never turns into fine."""

from __future__ import annotations

import ast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicator_overlays.evaluate import Floats, Names, Term, condition, evaluate, number, words
from indicator_overlays.expression import MAX_DEPTH, ExpressionInvalid, parse

Row = dict[str, float | str | None]


class Table:
    """Rows as Names, for tests."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.size = len(rows)

    def term(self, name: str) -> Term:
        cells = [row.get(name) for row in self.rows]
        if any(isinstance(cell, str) for cell in cells):
            texts = np.array([cell or "" for cell in cells], object)
            return words(texts, np.array([cell is not None for cell in cells]))
        return number(np.array([np.nan if cell is None else cell for cell in cells], float))

    def down(self, level: str) -> Names:
        raise AssertionError(level)

    def gather(self, level: str, amounts: Floats) -> Floats:
        raise AssertionError(level)


def answers(text: str, rows: list[Row]) -> list[bool | None]:
    term = condition(parse(text), Table(rows))
    return [bool(v) if k else None for v, k in zip(term.values, term.known, strict=True)]


def test_a_missing_input_is_unknown_unless_the_known_ones_decide() -> None:
    rows: list[Row] = [{"a": None, "b": 1}, {"a": None, "b": 9}, {"a": 1, "b": None}]
    assert answers("a > 5 or b > 5", rows) == [None, True, None]
    assert answers("a > 5 and b > 5", rows) == [False, None, False]
    assert answers("not (a > 5)", rows) == [None, None, True]


def test_zero_is_a_value_and_not_missing() -> None:
    assert answers("a < 8", [{"a": 0}, {"a": None}]) == [True, None]
    assert answers("known(a)", [{"a": 0}, {"a": None}]) == [True, False]


def test_dividing_by_zero_is_unknown() -> None:
    assert answers("a / b > 1", [{"a": 4, "b": 0}, {"a": 4, "b": 2}]) == [None, True]


def test_chains_lists_and_texts_work_on_whole_columns() -> None:
    rows: list[Row] = [{"h": 30, "use": "office"}, {"h": 90, "use": None}]
    assert answers("27 < h <= 80", rows) == [True, False]
    assert answers("use in ['office', 'public']", rows) == [True, None]
    assert answers("use != 'office'", rows) == [False, None]


def test_at_least_is_sure_as_soon_as_enough_is_known() -> None:
    rows: list[Row] = [{"a": 1, "b": 1, "c": None}, {"a": 1, "b": None, "c": 0}, {"a": 0, "b": 0}]
    assert answers("at_least(2, a > 0, b > 0, c > 0)", rows) == [True, None, False]
    found = evaluate(parse("count_true(a > 0, b > 0, c > 0)"), Table(rows))
    assert found.known.tolist() == [False, False, False]


def test_year_of_reads_dates_and_numbers() -> None:
    found = evaluate(parse("year_of(d)"), Table([{"d": "2019-05-01"}, {"d": "soon"}]))
    assert found.values[0] == 2019
    assert found.known.tolist() == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "a.__class__",
        "(lambda: 1)()",
        "[x for x in a]",
        "a if b else c",
        "open('x')",
        "a ** 9999999",
        "a[0]",
        "f'{a}'",
        "a > 'x' > ",
        "a in b",
        "min(a, key=b)",
        "count(a, b > 0)",
        "None",
        "1" * 400,
        "9" * 30 + " > a",
        "a := 3",
    ],
)
def test_everything_outside_the_language_is_refused(text: str) -> None:
    with pytest.raises(ExpressionInvalid):
        parse(text)


def test_size_and_depth_are_bounded() -> None:
    with pytest.raises(ExpressionInvalid):
        parse(" and ".join(["a > 1"] * 400))
    with pytest.raises(ExpressionInvalid):
        parse("(" * 60 + "-" * (MAX_DEPTH + 5) + "a" + ")" * 60)
    with pytest.raises(ExpressionInvalid):
        parse("a > " + "1 + " * 2000 + "1")


@pytest.mark.parametrize("text", ["use > 3", "a and b > 1", "not a", "use in [1, 2]", "-use > 1"])
def test_mixing_kinds_is_refused_and_not_guessed(text: str) -> None:
    with pytest.raises(ExpressionInvalid):
        condition(parse(text), Table([{"a": 1, "b": 2, "use": "office"}]))


def test_names_are_reported_with_the_level_they_belong_to() -> None:
    found = parse(
        "road_density < 8 and district.road_density < 8 and count(building, height > 80)>0"
    )
    assert found.names == ("road_density", "district.road_density")
    assert found.below == {"building": ("height",)}


numbers_ = st.sampled_from(["a", "b", "c", "0", "1", "2.5", "-3"])
arithmetic = st.recursive(
    numbers_,
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(
        lambda t: f"({t[0]} {t[1]} {t[2]})"
    ),
    max_leaves=4,
)
comparison = st.tuples(
    arithmetic, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), arithmetic
).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
conditions = st.recursive(
    comparison,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        inner.map(lambda t: f"(not {t})"),
        st.lists(inner, min_size=2, max_size=4).map(lambda p: f"at_least(2, {', '.join(p)})"),
    ),
    max_leaves=6,
)
cells = st.one_of(st.none(), st.sampled_from([-2.0, 0.0, 1.0, 2.5, 7.0]))
rows_ = st.lists(
    st.fixed_dictionaries({"a": cells, "b": cells, "c": cells}), min_size=1, max_size=6
)


def naive(node: ast.expr, row: Row) -> float | bool | None:
    """One row at a time, the obvious way; None is unknown."""
    match node:
        case ast.Constant(value=value):
            return float(str(value))
        case ast.Name(id=name):
            found = row[name]
            assert not isinstance(found, str)
            return found
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            below = naive(inner, row)
            return None if below is None else -below
        case ast.UnaryOp(operand=inner):
            below = naive(inner, row)
            return None if below is None else not below
        case ast.BoolOp(op=op, values=parts):
            found_ = [naive(part, row) for part in parts]
            decides = isinstance(op, ast.Or)
            if decides in found_:
                return decides
            return None if None in found_ else not decides
        case ast.Call(args=[_, *parts]):
            found_ = [naive(part, row) for part in parts]
            if found_.count(True) >= 2:
                return True
            return False if found_.count(True) + found_.count(None) < 2 else None
        case ast.BinOp() | ast.Compare():
            return naive_pair(node, row)
    raise AssertionError(ast.dump(node))


def naive_pair(node: ast.BinOp | ast.Compare, row: Row) -> float | bool | None:
    right = node.right if isinstance(node, ast.BinOp) else node.comparators[0]
    a, b = naive(node.left, row), naive(right, row)
    if a is None or b is None:
        return None
    sign = node.op if isinstance(node, ast.BinOp) else node.ops[0]
    if isinstance(sign, ast.Div):
        return None if b == 0 else a / b
    plain = {
        ast.Add: a + b, ast.Sub: a - b, ast.Mult: a * b, ast.Lt: a < b, ast.LtE: a <= b,
        ast.Gt: a > b, ast.GtE: a >= b, ast.Eq: a == b, ast.NotEq: a != b,
    }  # fmt: skip
    return plain[type(sign)]


@settings(max_examples=150, deadline=None)
@given(text=conditions, rows=rows_)
def test_columns_answer_what_a_naive_reader_answers_row_by_row(text: str, rows: list[Row]) -> None:
    tree = ast.parse(text, mode="eval").body
    refused = ""
    try:
        found = answers(text, rows)
    except ExpressionInvalid as exc:
        refused = str(exc)
    if refused:
        assert "larger than" in refused
    else:
        assert found == [naive(tree, row) for row in rows]
