"""Plain geometries are taken all at once with the very result of the walk that knows every case."""

from __future__ import annotations

import random

import pytest
from lxml import etree

from cim_bridge.citygml.batch import Batch
from cim_bridge.citygml.surfaces import Walker

GML = "http://www.opengis.net/gml"
HEAD = f'<lod1Solid xmlns:gml="{GML}" xmlns:x="http://www.w3.org/1999/xlink"><gml:Solid>'


def _ring(rng: random.Random, odd: float) -> str:
    text = " ".join(str(rng.randint(0, 99)) for _ in range(rng.choice((12, 15))))
    kinds = [
        f'<gml:posList srsDimension="3">{text}</gml:posList>',
        f"<gml:posList>{text}</gml:posList>",
    ]
    if rng.random() < odd:
        kinds = [
            "<gml:pos>1 2 3</gml:pos><gml:pos>4 5 6</gml:pos>", "<gml:posList/>", "",
            '<gml:posList srsDimension="2">1 2 3 4 5 6</gml:posList>',
            f"<gml:posList>{text}</gml:posList><gml:posList>7 8 9</gml:posList>",
            "<gml:coordinates>1,2,3 4,5,6</gml:coordinates>",
        ]  # fmt: skip
    return f"<gml:LinearRing>{rng.choice(kinds)}</gml:LinearRing>"


def _member(rng: random.Random, odd: float, number: int) -> str:
    rings = [f"<gml:exterior>{_ring(rng, odd)}</gml:exterior>"]
    rings += [
        f"<gml:interior>{_ring(rng, odd)}</gml:interior>" for _ in range(rng.choice((0, 0, 1, 2)))
    ]
    name = f' gml:id="p{number}"' if rng.random() < 0.7 else ""
    polygon = f"<gml:Polygon{name}>{''.join(rings)}</gml:Polygon>"
    if rng.random() < odd:
        polygon = rng.choice([
            f'<gml:OrientableSurface orientation="-"><gml:baseSurface>{polygon}</gml:baseSurface>'
            "</gml:OrientableSurface>",
            f"<gml:Polygon/>{polygon}", _ring(rng, 0), f"<gml:Surface>{polygon}</gml:Surface>",
            polygon.replace("Polygon", "Triangle"), "<gml:MultiCurve/>",
        ])  # fmt: skip
    if rng.random() < odd:
        return f'<gml:surfaceMember x:href="#p{rng.randint(0, 5)}"/>'
    return f"<gml:surfaceMember>{polygon}</gml:surfaceMember>"


def _document(seed: int) -> str:
    rng = random.Random(seed)
    odd = rng.choice((0.0, 0.0, 0.1, 0.4))
    members = "".join(_member(rng, odd, k) for k in range(rng.randint(0, 6)))
    return f"{HEAD}{members}</gml:Solid></lod1Solid>"


def _walked(text: str) -> tuple[object, ...]:
    walker = Walker(f"{{{GML}}}id", Batch())
    walker.batch.face.append(0)
    walker.batch.texts.append("0 0 0")
    links = walker.walk(etree.fromstring(text))
    return links, walker.batch, walker.faces_by_id, walker.srs_names


@pytest.mark.parametrize("seed", range(300))
def test_taking_all_at_once_gives_what_the_walk_gives(seed: int, monkeypatch) -> None:
    text = _document(seed)
    found = _walked(text)
    monkeypatch.setattr(Walker, "_walked_plainly", lambda *_: False)
    assert found == _walked(text)


def test_polygons_with_holes_are_taken_all_at_once(monkeypatch) -> None:
    rng = random.Random(1)
    plain = "".join(_member(rng, 0.0, k) for k in range(30))
    assert "interior" in plain
    monkeypatch.setattr(Walker, "_learn", lambda *_: pytest.fail("walked one by one"))
    batch = _walked(f"{HEAD}{plain}</gml:Solid></lod1Solid>")[1]
    assert isinstance(batch, Batch)
    assert len(batch.face) == 31
    assert len(batch.texts) == 1 + plain.count("<gml:LinearRing>")
