"""CQL2 text into the tree of CQL2 JSON: a bounded parser by recursive descent."""

from __future__ import annotations

import re
from typing import Any

from cim_bridge.errors import WrongUse

MOST_CHARACTERS = 8192
MOST_DEPTH = 32

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>\"(?:[^\"]|\"\")*\"|[^\W\d][\w.\-:]*)"
    r"|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?P<sign><>|<=|>=|[=<>(),]))",
    re.UNICODE,
)
_COMPARE = frozenset(("=", "<>", "<", "<=", ">", ">="))
_SPATIAL = re.compile(r"^S_[A-Z]+$", re.IGNORECASE)
_TEMPORAL = re.compile(r"^T_[A-Z]+$", re.IGNORECASE)
_SHAPES = ("POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON",
           "GEOMETRYCOLLECTION")  # fmt: skip
_WORDS = frozenset(("AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "TRUE", "FALSE"))


def parse_text(written: str) -> Any:
    """The tree of a filter in CQL2 text; WrongUse says where it cannot be read."""
    if len(written) > MOST_CHARACTERS:
        raise WrongUse(f"the filter is longer than {MOST_CHARACTERS} characters")
    return _Parser(written).whole()


class _Parser:
    def __init__(self, written: str) -> None:
        self._written = written
        self._tokens = _tokens(written)
        self._at = 0
        self._depth = 0

    def whole(self) -> Any:
        found = self._or()
        if self._kind() != "end":
            raise self._refused("AND, OR or the end")
        return found

    def _kind(self) -> str:
        return self._tokens[self._at][0]

    def _refused(self, wanted: str) -> WrongUse:
        _, text, place = self._tokens[self._at]
        found = f"{text!r}" if text else "the end"
        return WrongUse(f"filter: {wanted} expected at character {place + 1}, found {found}")

    def _word(self, *words: str) -> bool:
        kind, text, _ = self._tokens[self._at]
        if kind in ("name", "sign") and text.upper() in words:
            self._at += 1
            return True
        return False

    def _must(self, word: str) -> None:
        if not self._word(word):
            raise self._refused(word)

    def _or(self) -> Any:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise WrongUse(f"the filter is nested deeper than {MOST_DEPTH}")
        args = [self._and()]
        while self._word("OR"):
            args.append(self._and())
        self._depth -= 1
        return args[0] if len(args) == 1 else {"op": "or", "args": args}

    def _and(self) -> Any:
        args = [self._not()]
        while self._word("AND"):
            args.append(self._not())
        return args[0] if len(args) == 1 else {"op": "and", "args": args}

    def _not(self) -> Any:
        turned = False
        while self._word("NOT"):
            turned = not turned
        found = self._predicate()
        return {"op": "not", "args": [found]} if turned else found

    def _predicate(self) -> Any:
        if self._word("("):
            found = self._or()
            self._must(")")
            return found
        left = self._operand()
        if isinstance(left, bool) or (isinstance(left, dict) and "op" in left):
            return left
        return self._compared(left)

    def _compared(self, left: Any) -> Any:
        kind, sign, _ = self._tokens[self._at]
        if kind == "sign" and sign in _COMPARE:
            self._at += 1
            return {"op": sign, "args": [left, self._operand()]}
        if self._word("IS"):
            turned = self._word("NOT")
            self._must("NULL")
            return _turned({"op": "isNull", "args": [left]}, turned)
        turned = self._word("NOT")
        if self._word("LIKE"):
            return _turned({"op": "like", "args": [left, self._operand()]}, turned)
        if self._word("BETWEEN"):
            low = self._operand()
            self._must("AND")
            return _turned({"op": "between", "args": [left, low, self._operand()]}, turned)
        if self._word("IN"):
            self._must("(")
            return _turned({"op": "in", "args": [left, self._list()]}, turned)
        if turned:
            raise self._refused("LIKE, BETWEEN or IN")
        return left  # a property that is true or false by itself

    def _list(self) -> list[Any]:
        found = [self._operand()]
        while self._word(","):
            found.append(self._operand())
        self._must(")")
        return found

    def _operand(self) -> Any:
        kind, text, place = self._tokens[self._at]
        if kind not in ("text", "number", "name"):
            raise self._refused("a property or a value")
        if kind == "name" and text.upper() in _WORDS - {"TRUE", "FALSE"}:
            raise self._refused("a property or a value")
        self._at += 1
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text) if re.search(r"[.eE]", text) else int(text)
        if text.startswith('"'):
            return {"property": text[1:-1].replace('""', '"')}
        if text.upper() in ("TRUE", "FALSE"):
            return text.upper() == "TRUE"
        return self._called(text, place)

    def _called(self, name: str, place: int) -> Any:
        word = name.upper()
        if word in _SHAPES and (self._tokens[self._at][1] == "(" or self._next_is("Z")):
            return self._shape(place)
        if self._tokens[self._at][1] != "(":
            return {"property": name}
        self._at += 1
        args = self._list()
        if word in ("DATE", "TIMESTAMP") and len(args) == 1:
            return {word.lower(): args[0]}
        if word in ("BBOX", "INTERVAL"):
            return {word.lower(): args}
        if _SPATIAL.match(word) or _TEMPORAL.match(word):
            return {"op": word.lower(), "args": args}
        raise WrongUse(f"filter: the function {name} at character {place + 1} is not supported")

    def _next_is(self, word: str) -> bool:
        return self._tokens[self._at][1].upper() == word

    def _shape(self, place: int) -> Any:
        """Read a WKT literal: everything to the bracket that closes it."""
        depth = 0
        while True:
            kind, text, start = self._tokens[self._at]
            if kind == "end":
                raise self._refused(")")
            self._at += 1
            depth += {"(": 1, ")": -1}.get(text, 0) if kind == "sign" else 0
            if depth == 0 and text == ")":
                return {"wkt": self._written[place : start + 1]}


def _turned(found: Any, turned: bool) -> Any:
    return {"op": "not", "args": [found]} if turned else found


def _tokens(written: str) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    place, end = 0, len(written.rstrip())
    while place < end:
        token = _TOKEN.match(written, place)
        if token is None or token.lastgroup is None:
            start = place + len(written[place:]) - len(written[place:].lstrip())
            raise WrongUse(f"filter: cannot read {written[start : start + 20]!r} at {start + 1}")
        found.append((token.lastgroup, token[token.lastgroup], token.start(token.lastgroup)))
        place = token.end()
    return [*found, ("end", "", len(written))]
