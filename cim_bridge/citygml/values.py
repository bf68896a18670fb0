"""Attributes of a city object: plain, generic, address, references, and those of extensions.

Every leaf is kept under a flat key: `measuredHeight`, a generic attribute's own name,
`uro:buildingIDAttribute.buildingID`. A key met again gets `.2`, `.3`; a code from a code list
keeps its code and gets its meaning beside it as `<key>.label`.
"""

from __future__ import annotations

from typing import Any

from cim_bridge.citygml.codelists import CodeLists
from cim_bridge.citygml.names import CITYGML, GEOMETRIES, GML, Name, name_of
from cim_bridge.citygml.stream import Element

Values = dict[str, Any]

_WHOLE = frozenset({"storeysAboveGround", "storeysBelowGround"})
_DECIMAL = frozenset({"measuredHeight", "floorArea", "crownDiameter", "trunkDiameter"})
_FEET = ("ft", "foot", "feet", "9002", "9003", "[ft_i]", "[ft_us]")
_METRES = ("m", "9001", "metre", "meter")
_XAL_PLAIN = frozenset({"NameElement", "Identifier"})
_PREFIXES: dict[str, str] = {
    "https://www.geospatial.jp/iur/uro": "uro",
    "https://www.geospatial.jp/iur/urf": "urf",
}
"""Extensions whose prefix is fixed, whatever a file calls them."""


def add(values: Values, key: str, value: Any) -> str:
    """Keep a value under a free key; returns the key."""
    free, number = key, 1
    while free in values:
        number += 1
        free = f"{key}.{number}"
    values[free] = value
    return free


def leaf(values: Values, key: str, element: Element, name: Name, lists: CodeLists) -> None:
    """Keep one element with text only."""
    text = (element.text or "").strip()
    if not text:
        return
    free = add(values, key, _typed(text, name.local))
    space = element.get("codeSpace")
    if space is not None:
        explained(values, free, text, lists.meaning(space, text), name)
    unit = element.get("uom")
    if unit is not None:
        measured(values, free, text, unit)


def explained(values: Values, key: str, code: str, meaning: str, name: Name) -> None:
    """The meaning beside the code; a coded name is replaced, for a name is for people."""
    if not meaning:
        return
    if name.gml and name.local == "name":
        values[key], values[f"{key}.code"] = meaning, code
    else:
        values[f"{key}.label"] = meaning


def measured(values: Values, key: str, text: str, unit: str) -> None:
    """The unit beside a number that is not in metres; a height in feet also in metres."""
    plain = unit.rpartition(":")[2].lstrip("#").lower()
    if plain in _METRES:
        return
    values[f"{key}.uom"] = unit
    if plain in _FEET and key == "measuredHeight":
        number = _number(text)
        values["height"] = number * 0.3048 if number is not None else text


def _typed(text: str, local: str) -> Any:
    if local in _WHOLE and text.lstrip("-").isdigit():
        return int(text)
    if local in _DECIMAL:
        number = _number(text)
        return text if number is None else number
    return text


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if abs(found) < float("inf") else None


def generic(values: Values, element: Element, name: Name, path: str = "") -> None:
    """Keep a generic attribute or a set of them (CityGML 1 to 3)."""
    key = element.get("name") or _child_text(element, "name")
    key = f"{path}.{key}" if path else key
    for child in element:
        inner = name_of(child.tag)
        if inner.role in ("generic", "set"):
            generic(values, child, inner, key)
        elif inner.local == "genericAttribute":
            for one in child:
                generic(values, one, name_of(one.tag), key)
        elif inner.local == "value" and key:
            _generic_value(values, key, child, name.local.lower())


def _generic_value(values: Values, key: str, element: Element, kind: str) -> None:
    text = (element.text or "").strip()
    value: Any = text
    if kind.startswith("int") and text.lstrip("+-").isdigit():
        value = int(text)
    elif kind.startswith(("double", "measure")):
        number = _number(text)
        value = text if number is None else number
    free = add(values, key, value)
    unit = element.get("uom")
    if unit is not None:
        values[f"{free}.uom"] = unit


def _child_text(element: Element, local: str) -> str:
    found = element.find(f"{{*}}{local}")
    return (found.text or "").strip() if found is not None else ""


def reference(values: Values, element: Element) -> None:
    """Keep an external reference as {system: id} in `external_ids`."""
    systems = [e.text for e in element.iter("{*}informationSystem") if e.text]
    names = [e.text for e in element.iter("{*}name", "{*}uri", "{*}targetResource") if e.text]
    if names:
        known = values.setdefault("external_ids", {})
        add(known, systems[0].strip() if systems else "reference", names[0].strip())


def address(values: Values, element: Element) -> None:
    """Keep an address by its parts and as one line; its points are not kept."""
    words: list[str] = []
    for one in element.iter():
        name = name_of(one.tag)
        text = (one.text or "").strip()
        if len(one) or not text or name.space in GML:
            continue
        parent = one.getparent()
        above = name_of(parent.tag).local if parent is not None else name.local
        part = above if name.local in _XAL_PLAIN else name.local
        part = f"{above}.{part}" if part == "Number" else part
        add(values, f"address.{part}", text)
        words.append(text)
    if words:
        add(values, "address", " ".join(words))


def height(values: Values, element: Element) -> None:
    """Keep a CityGML 3 height; the first also as measuredHeight."""
    found = {name_of(e.tag).local: (e.text or "").strip() for e in element.iter() if not len(e)}
    number = _number(found.pop("value", ""))
    if number is None:
        return
    key = add(values, "measuredHeight", number)
    for part, text in found.items():
        values[f"{key}.{part}"] = text


def nested(
    values: Values, key: str, element: Element, lists: CodeLists, *, top: bool = True
) -> None:
    """Keep every leaf below a property; object names between are left out where they repeat it."""
    if not len(element):
        leaf(values, key, element, name_of(element.tag), lists)
        return
    for child in element:
        name = name_of(child.tag)
        if name.space in GML and name.local in GEOMETRIES:
            continue
        if name.local[:1].isupper():
            last = key.rpartition(":")[2].rpartition(".")[2]
            same = last.lower() == name.local.lower()
            path = key if same else f"{key}.{name.local}"
            nested(values, _free(values, path) if top else path, child, lists, top=False)
        elif len(child):
            nested(values, f"{key}.{name.local}", child, lists)
        else:
            leaf(values, f"{key}.{name.local}", child, name, lists)


def _free(values: Values, key: str) -> str:
    """A prefix that no key has yet, so that repeated objects stay whole."""
    free, number = key, 1
    while any(known.startswith(f"{free}.") for known in values):
        number += 1
        free = f"{key}.{number}"
    return free


def key_of(element: Element, name: Name) -> str:
    """`measuredHeight` for CityGML's and GML's own, `prefix:name` for an extension's."""
    return key_in(name, element.prefix)


def key_in(name: Name, prefix: str | None) -> str:
    """Key of a name whose namespace goes by a prefix."""
    if not name.space or name.gml or name.space.startswith(CITYGML):
        return name.local
    known = next((short for uri, short in _PREFIXES.items() if name.space.startswith(uri)), None)
    prefix = known or prefix or name.space.rstrip("/").rpartition("/")[2]
    return f"{prefix}:{name.local}"
