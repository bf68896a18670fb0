"""Broken, hostile and doubtful CityGML: always an Issue, never a traceback, never a fetch."""

from __future__ import annotations

import http.server
import random
import re
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from cim_bridge.citygml.package import inside, package_root
from cim_bridge.citygml.srs import read_srs
from cim_bridge.issues import IssueLog
from cim_bridge.place import Ground, place
from cim_bridge.sound import sound
from tests.cim_bridge.cityfiles import found, read
from tests.cim_bridge.gmlfiles import (
    SOUTH,
    UTM32,
    WEST,
    box,
    building,
    linked_solid,
    member,
    multi,
    polygon,
    root,
    solid,
    write,
    write_town,
)

_TENFOLD = [f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi")]
LAUGHS = f'<!DOCTYPE lolz [<!ENTITY a "ha">{"".join(_TENFOLD)}]>'


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that notes whoever asks."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", asked
    server.shutdown()
    server.server_close()
    thread.join()


def refused(path: Path) -> IssueLog:
    began = time.monotonic()
    reading, log = read(path)
    assert reading is None
    assert log.errors
    assert time.monotonic() - began < 5
    return log


def test_a_doctype_is_refused_before_it_can_do_anything(
    tmp_path: Path, listener: tuple[str, list[str]]
) -> None:
    url, asked = listener
    heads = {
        "laughs": LAUGHS,
        "file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        "http": f'<!DOCTYPE x [<!ENTITY a SYSTEM "{url}a">]>',
        "outer": f'<!DOCTYPE x SYSTEM "{url}x.dtd">',
        "parameter": f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{url}p"> %p;]>',
        "late": "<!-- " + "x" * 70_000 + " -->" + LAUGHS,
    }
    for name, head in heads.items():
        text = root(building("a"), head=head).replace("House 0", "&i;" if head == LAUGHS else "x")
        log = refused(write(tmp_path / f"{name}.gml", text))
        assert found(log) <= {"XML_DOCTYPE", "XML_ENTITY"}, name
    wide = tmp_path / "wide.gml"
    wide.write_bytes(root(building("a"), head=LAUGHS).replace("UTF-8", "UTF-16").encode("utf-16"))
    assert found(refused(wide)) == {"XML_DOCTYPE"}
    assert asked == []


def test_an_entity_nobody_defined_is_told_with_its_line(tmp_path: Path) -> None:
    log = refused(write(tmp_path / "a.gml", root("\n\n" + building("a")).replace("House", "&x;")))
    assert found(log) == {"XML_ENTITY"}
    assert log.errors[0].place.row == 4


def test_endless_nesting_is_refused(tmp_path: Path) -> None:
    deep = "<gen:a>" * 100_000 + "</gen:a>" * 100_000
    text = root(member(f'<bldg:Building gml:id="a">{deep}</bldg:Building>'))
    assert found(refused(write(tmp_path / "a.gml", text))) == {"XML_TOO_DEEP"}


def test_broken_xml_names_the_line(tmp_path: Path) -> None:
    text = root("\n".join(building(f"b{k}", k) for k in range(5)))
    cut = write(tmp_path / "cut.gml", text[: len(text) // 2])
    assert found(refused(cut)) == {"XML_BROKEN"}
    bad = write(tmp_path / "bad.gml", text.replace("</gml:LinearRing>", "</gml:Ring>", 1))
    log = refused(bad)
    assert found(log) == {"XML_BROKEN"}
    line = text[: text.index("</gml:LinearRing>")].count("\n") + 1
    assert log.errors[0].place.row == line
    assert f"line {line}" in log.errors[0].why["en"]
    latin = tmp_path / "latin.gml"
    latin.write_bytes(text.replace("House 0", "Straße").encode("latin-1"))
    assert found(refused(latin)) == {"XML_BROKEN"}


def test_empty_and_foreign_files_are_told_apart(tmp_path: Path) -> None:
    assert found(refused(write(tmp_path / "a.gml", ""))) == {"FILE_EMPTY"}
    assert found(refused(write(tmp_path / "b.gml", root("")))) == {"FEATURES_NONE"}
    other = '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"/>'
    assert found(refused(write(tmp_path / "c.xml", other))) == {"FORMAT_UNKNOWN"}
    old = root(building("a")).replace("citygml/2.0", "citygml/0.4")
    assert found(refused(write(tmp_path / "d.gml", old))) == {"CITYGML_VERSION"}
    no = root(building("a")).replace("core:CityModel", "core:Town")
    assert found(refused(write(tmp_path / "e.gml", no))) <= {"NOT_CITYGML", "FORMAT_UNKNOWN"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gbk", "shift_jis"])
def test_every_declared_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    name = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16"}.get(encoding, encoding)
    text = root(building("a")).replace("House 0", "中央").replace("UTF-8", name, 1)
    path = tmp_path / "a.gml"
    path.write_bytes(text.encode(encoding))
    reading, log = read(path)
    assert not log.errors
    assert reading is not None
    assert reading.units[0].columns["label_zh"].tolist() == ["中央"]


def test_a_file_without_srs_asks_for_one(tmp_path: Path) -> None:
    reading, log = read(write(tmp_path / "a.gml", root(building("a"), srs=None)))
    assert reading is not None
    assert reading.crs is None
    assert place(reading, None, Ground("EPSG:25832"), log, "a.gml") is None
    assert found(log) == {"CRS_MISSING"}
    assert "EPSG:25832" in log.errors[0].why["en"]


def test_a_srs_on_the_geometries_alone_is_enough(tmp_path: Path) -> None:
    text = root(building("a"), srs=None).replace(
        "<gml:MultiSurface>", '<gml:MultiSurface srsName="EPSG:25832">'
    )
    reading, log = read(write(tmp_path / "a.gml", text))
    assert len(log) == 0
    assert reading is not None
    assert reading.crs == "EPSG:25832"


def test_an_unknown_srs_is_told_and_a_local_one_refused(tmp_path: Path) -> None:
    _, log = read(write(tmp_path / "a.gml", root(building("a"), srs="Gemeindesystem 7")))
    assert found(log) == {"SRS_UNKNOWN"}
    anchor = f'<gml:anchorPoint codeSpace="{UTM32}">{WEST} {SOUTH} 30</gml:anchorPoint>'
    text = root(building("a"), srs="#local-1", more=f"<gml:metaDataProperty>{anchor}"
                "</gml:metaDataProperty>")  # fmt: skip
    path = write(tmp_path / "b.gml", text)
    log = refused(path)
    assert found(log) == {"SRS_LOCAL"}
    assert "+proj=tmerc +lat_0=51.0" in log.errors[0].fix["en"]
    reading, log = read(path, crs="EPSG:25832")
    assert reading is not None
    assert not log.errors


def test_systems_may_differ_from_the_envelope_but_not_among_themselves(tmp_path: Path) -> None:
    def with_srs(*names: str) -> str:
        parts = [
            building(f"b{k}", k).replace(
                "<gml:MultiSurface>", f'<gml:MultiSurface srsName="{name}">'
            )
            for k, name in enumerate(names)
        ]
        return root("".join(parts), srs="EPSG:31466")

    reading, log = read(write(tmp_path / "a.gml", with_srs("EPSG:25832", UTM32)))
    assert found(log) == {"SRS_DIFFERS"}
    assert reading is not None
    assert reading.crs == "EPSG:25832"
    log = refused(write(tmp_path / "b.gml", with_srs("EPSG:25832", "EPSG:25833")))
    assert "SRS_MIXED" in found(log)


def degrees(order: str, srs: str) -> str:
    """A house of about 11 × 9 m in Yantai, latitude or longitude first."""

    def turned(corners: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
        return [(y, x, z) if order == "lat" else (x, y, z) for x, y, z in corners]

    faces = [turned(face) for face in box(121.4, 37.5, 30, 0.000125, 0.000081, 9)]
    surfaces = [polygon(face, digits=9) for face in faces]
    inner = f"<bldg:lod1Solid>{solid(*surfaces)}</bldg:lod1Solid>"
    return root(member(f'<bldg:Building gml:id="b">{inner}</bldg:Building>'), srs=srs)


@pytest.mark.parametrize(
    ("order", "srs", "code"),
    [
        ("lat", "http://www.opengis.net/def/crs/EPSG/0/4490", None),
        ("lat", "urn:ogc:def:crs:EPSG::4490", None),
        ("lon", "urn:ogc:def:crs:EPSG::4490", "AXES_SWAPPED"),
        ("lat", "EPSG:4490", None),
        ("lon", "EPSG:4490", None),
        ("lon", "EPSG:4326", None),
        ("lat", "urn:ogc:def:crs:EPSG::4326", None),
        ("lon", "urn:ogc:def:crs:OGC:1.3:CRS84", "SRS_READ_AS"),
    ],
)
def test_latitude_first_is_told_from_longitude_first(
    tmp_path: Path, order: str, srs: str, code: str | None
) -> None:
    reading, log = read(write(tmp_path / "a.gml", degrees(order, srs)))
    assert found(log) == ({code} if code else set())
    assert reading is not None
    bounds = reading.units[0].shapes[0].bounds
    assert bounds == pytest.approx((121.4, 37.5, 121.400125, 37.500081), abs=1e-9)
    placed = place(reading, None, Ground("EPSG:4549"), log, "a.gml")
    assert placed is not None
    assert placed[0].units[0].shapes[0].area == pytest.approx(99.3, abs=1)
    mesh = placed[0].mesh
    assert mesh is not None
    points = mesh.vertices[mesh.triangles] - mesh.vertices[0]
    volume = np.einsum("ij,ij->i", points[:, 0], np.cross(points[:, 1], points[:, 2])).sum() / 6
    assert volume == pytest.approx(99.3 * 9, rel=0.02)


def test_northing_first_metres_are_turned_where_only_that_fits(tmp_path: Path) -> None:
    faces = [[(y, x, z) for x, y, z in face] for face in box(622_000, 4_157_000, 30, 10, 8, 5)]
    inner = f"<bldg:lod1Solid>{solid(*map(polygon, faces))}</bldg:lod1Solid>"
    text = root(member(f'<bldg:Building gml:id="b">{inner}</bldg:Building>'), srs="EPSG:4549")
    reading, _ = read(write(tmp_path / "a.gml", text))
    assert reading is not None
    assert reading.units[0].shapes[0].bounds == (622_000, 4_157_000, 622_010, 4_157_008)


@pytest.mark.parametrize(
    ("name", "crs"),
    [
        ("urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783", "EPSG:25832+5783"),
        ("urn:ogc:def:crs,crs:EPSG:6.12:3068,crs:EPSG:6.12:5783", "EPSG:3068+5783"),
        ("EPSG:25832+5783", "EPSG:25832+5783"),
        ("crs:EPSG::31467", "EPSG:31467"),
        ("http://www.opengis.net/def/crs/EPSG/0/6697", "EPSG:6697"),
        ("https://www.opengis.net/def/crs/EPSG/9.9.1/25833", "EPSG:25833"),
        ("http://www.opengis.net/gml/srs/epsg.xml#28992", "EPSG:28992"),
        ("urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016", "EPSG:25832+7837"),
        ("ETRS89_UTM33*DE_DHHN2016_NH", "EPSG:25833+7837"),
        ("urn:adv:crs:DE_DHDN_3GK4*DE_DHHN92_NH", "EPSG:31468+5783"),
        ("urn:adv:crs:ETRS89_UTM32", "EPSG:25832"),
        ("CH1903", "EPSG:21781"),
        ("CH1903+ / LV95", "EPSG:2056"),
        ("4549", "EPSG:4549"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84"),
        ("nothing known", None),
    ],
)
def test_a_srs_is_read_in_its_many_spellings(name: str, crs: str | None) -> None:
    assert read_srs(name).crs == crs


def test_references_that_lead_nowhere_are_told(tmp_path: Path) -> None:
    more = f"<bldg:lod2MultiSurface>{linked_solid(['gone', 'lost'])}</bldg:lod2MultiSurface>"
    reading, log = read(write(tmp_path / "a.gml", root(building("a", more=more))))
    assert reading is not None
    assert [(i.code, i.count, i.place.id) for i in log] == [("XLINK_UNRESOLVED", 2, "a")]


def test_references_out_of_the_file_are_never_followed(
    tmp_path: Path, listener: tuple[str, list[str]]
) -> None:
    url, asked = listener
    hrefs = [f"{url}x.gml#p", "file:///etc/passwd", "../../other.gml#p", "//host/share#p"]
    inner = "".join(f'<gml:surfaceMember xlink:href="{href}"/>' for href in hrefs)
    inner = f"<gml:MultiSurface>{inner}</gml:MultiSurface>"
    more = f"<bldg:lod2MultiSurface>{inner}</bldg:lod2MultiSurface>"
    _, log = read(write(tmp_path / "a.gml", root(building("a", more=more))))
    assert [(i.code, i.count) for i in log] == [("XLINK_OUTSIDE", 4)]
    assert asked == []


def test_a_reference_to_itself_ends(tmp_path: Path) -> None:
    more = (
        '<bldg:lod2MultiSurface><gml:MultiSurface gml:id="me"><gml:surfaceMember xlink:href="#me"/>'
        "</gml:MultiSurface></bldg:lod2MultiSurface>"
    )
    reading, log = read(write(tmp_path / "a.gml", root(building("a", more=more))))
    assert reading is not None
    assert not log.errors


@pytest.mark.parametrize("value", ["NaN", "INF", "-INF", "1e999", "abc", "1.2.3", "１２"])
def test_coordinates_that_are_no_numbers_are_refused(tmp_path: Path, value: str) -> None:
    text = root(building("a") + building("b", 1)).replace(f"{WEST + 20:.3f}", value, 1)
    log = refused(write(tmp_path / "a.gml", text))
    assert found(log) == {"COORDINATE_NOT_FINITE"}
    assert log.errors[0].place.id == "b"


def test_odd_coordinate_lists_and_flat_faces_are_left_out(tmp_path: Path) -> None:
    text = root(building("a")).replace("<gml:posList>", "<gml:posList>7 ", 1)
    reading, log = read(write(tmp_path / "a.gml", text))
    assert reading is not None
    assert reading.mesh is not None
    assert [(i.code, i.count, i.place.id) for i in log] == [("POSLIST_BROKEN", 1, "a")]
    line = [(WEST, SOUTH, 30.0), (WEST + 1, SOUTH, 30.0)]
    flat = multi(polygon(line), polygon(line[:1]))
    more = f"<bldg:lod2MultiSurface>{flat}</bldg:lod2MultiSurface>"
    reading, log = read(write(tmp_path / "b.gml", root(building("a", more=more))))
    assert reading is not None
    assert [(i.code, i.count) for i in log] == [("FACE_DEGENERATE", 2)]


def test_duplicate_ids_are_refused_also_far_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cim_bridge.citygml.document.FEATURES", 2)
    text = root("".join(building(name, k) for k, name in enumerate("abcdea")))
    log = refused(write(tmp_path / "a.gml", text))
    assert found(log) == {"ID_DUPLICATE"}
    assert "a" in log.errors[0].why["en"]


def test_paths_never_leave_the_package(tmp_path: Path) -> None:
    folder = tmp_path / "pack" / "udx" / "bldg"
    folder.mkdir(parents=True)
    document = folder / "a.gml"
    root_ = package_root(document)
    assert root_ == (tmp_path / "pack").resolve()
    (folder / "out").symlink_to(tmp_path)
    for uri in (
        "../../../secret.jpg", "/etc/passwd", "file:///etc/passwd", "http://x.example/a.jpg",
        "//host/a.jpg", "..\\..\\..\\a.jpg", "%2e%2e/%2e%2e/%2e%2e/a.jpg", "%252e%252e/a.jpg",
        "a\0.jpg", "data:image/png;base64,AA", "out/secret.jpg", "", "../..",
    ):  # fmt: skip
        assert inside(document, root_, uri) is None, uri
    assert inside(document, root_, "../../codelists/x.xml") == root_ / "codelists" / "x.xml"
    assert inside(document, root_, "tex/a%20b.jpg") == folder.resolve() / "tex" / "a b.jpg"


def test_code_lists_are_used_only_from_inside_the_package(
    tmp_path: Path, listener: tuple[str, list[str]]
) -> None:
    url, asked = listener
    lists = (
        '<gml:Dictionary xmlns:gml="http://www.opengis.net/gml"><gml:dictionaryEntry>'
        "<gml:Definition><gml:description>住宅</gml:description><gml:name>411</gml:name>"
        "</gml:Definition></gml:dictionaryEntry></gml:Dictionary>"
    )
    pack = tmp_path / "pack"
    (pack / "udx" / "bldg").mkdir(parents=True)
    (pack / "codelists").mkdir()
    write(pack / "codelists" / "use.xml", lists)
    write(tmp_path / "secret.xml", lists)
    write(pack / "codelists" / "bad.xml", "<!DOCTYPE x><x/>")
    more = "".join(
        f'<uro:{name} codeSpace="{space}">411</uro:{name}>'
        for name, space in {
            "a": "../../codelists/use.xml", "b": "../../../secret.xml", "c": f"{url}use.xml",
            "d": "../../codelists/bad.xml", "e": "../../codelists/none.xml",
        }.items()
    )  # fmt: skip
    reading, log = read(write(pack / "udx" / "bldg" / "a.gml", root(building("x", more=more))))
    assert reading is not None
    text = str(reading.units[0].columns["attributes"][0])
    assert '"uro:a":"411","uro:a.label":"住宅"' in text
    assert text.count(".label") == 1
    assert found(log) == {"CODELIST_ABSENT", "CODELIST_BROKEN"}
    assert asked == []


def test_memory_does_not_grow_with_the_xml(tmp_path: Path) -> None:
    import tracemalloc

    from cim_bridge.citygml.stream import elements

    peaks = []
    for count in (300, 1200):
        path = write_town(tmp_path / f"{count}.gml", count)
        tracemalloc.start()
        assert sum(1 for _ in elements(path, IssueLog())) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5 + 100_000


_SPOILED = ["", "x", "NaN", "1", "1 2", "1 2 3 4 5 6", " ".join(["1e308"] * 12), "0 " * 9]


def spoiled(text: str, rng: random.Random) -> str:
    """The text with some tags dropped, renamed or doubled and some contents replaced."""
    for _ in range(rng.randint(1, 5)):
        tag = rng.choice(list(re.finditer(r"<[^<>?]*>", text)))
        leaf = rng.choice(list(re.finditer(r"<([\w:]+)[^<>]*>([^<]*)</\1>", text)))
        name = rng.choice(re.findall(r"<([\w:]+)", text))
        text = rng.choice(
            [
                text[: tag.start()] + text[tag.end() :],
                text[: leaf.start(2)] + rng.choice(_SPOILED) + text[leaf.end(2) :],
                text[: leaf.end()] + leaf.group(0) + text[leaf.end() :],
                re.sub(rf"(</?){leaf.group(1)}(?=[\s/>])", rf"\g<1>{name}", text),
                re.sub(r'href="#[^"]*"', 'href="#same"', text, count=rng.randint(1, 9)),
                re.sub(r'gml:id="[^"]*"', 'gml:id="same"', text, count=rng.randint(1, 9)),
                re.sub(r'srsName="[^"]*"', 'srsName="EPSG:4326"', text),
            ]
        )
    return text


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_spoiled_gives_findings_never_a_traceback(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    whole = root(building("a") + building("b", 1), ["1.0", "2.0", "3.0"][seed % 3])
    for _ in range(25):
        path = write(tmp_path / "a.gml", spoiled(whole, rng))
        reading, log = read(path)
        assert reading is not None or log.errors
        if reading is not None and reading.units:
            placed = place(reading, None, Ground("EPSG:25832"), log, path.name)
            assert placed is not None or log.errors
            if placed is not None:
                sound(placed[0], log, path.name)
