"""Documents that contradict themselves or their format are findings, never a traceback."""

from __future__ import annotations

import pytest

from cim_bridge.folder import CityFolder
from tests.cim_bridge.remote.asking import refusal
from tests.support.platform import Platform

JSON = [
    b"", b"[]", b"7", b"null", b'{"a":', b"[" * 200_000, b"\xff\xfe\0", b"<html>", b"{}",
    b'{"id": {}, "links": 5, "extent": [], "storageCrs": {}, "crs": 1}',
    b'{"id": "x", "extent": {"spatial": {"bbox": [["a", 1]]}}, "storageCrs": "EPSG:nonsense"}',
    b'{"extent": {"spatial": {"bbox": [[1e999, NaN, 0, 0]]}}}',
    b'{"fields": [1, {"name": {}, "type": []}], "extent": 3, "objectIdField": []}',
    b'{"fields": [{"name": "OBJECTID"}], "extent": [], "advancedQueryCapabilities": [1]}',
    b'{"fields": {"a": 1}, "maxRecordCount": -5, "sourceSpatialReference": {"wkid": 1e300}}',
    b'{"error": {"code": {}, "message": [], "details": 7}}',
    b'{"error": "no"}',
    b'{"collections": [{"id": null}], "links": [{"rel": "next", "href": "http://[x"}]}',
    b'{"features": [1, null, {"id": []}], "links": [{"rel": "next", "href": "http://[x"}]}',
    b'{"features": "many", "numberMatched": "1e3"}',
]  # fmt: skip
XML = [
    b"<a/>", b"<WFS_Capabilities/>", b'<WFS_Capabilities version="9"/>', b"<a><b></a>",
    b'<WFS_Capabilities version="2.0.0"/>',
    b'<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>',
    b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>',
    b'<?xml version="1.0"?><!-- x --><!doctype a><a/>',
    b'<WFS_Capabilities version="2.0.0"><FeatureType><Name>x</Name>'
    b"<WGS84BoundingBox><LowerCorner>a b</LowerCorner></WGS84BoundingBox></FeatureType>"
    b"</WFS_Capabilities>",
    b"<a>" * 5000,
]  # fmt: skip
PATHS = ("x/collections/b", "x/FeatureServer/0", "x/wfs", "x/tileset.json", "x")


@pytest.mark.parametrize("body", JSON + XML, ids=lambda body: repr(body[:30]))
def test_nonsense_is_refused_with_a_finding(
    city: CityFolder, platform: Platform, body: bytes
) -> None:
    for path in PATHS:
        platform.files.clear()
        for name in (path, "x/collections/b/items", "x/FeatureServer/0/query"):
            platform.files[name] = body
        issue = refusal(city, f"{platform.address}/{path}")
        assert issue.code.startswith(("REMOTE_", "TILESIN_")), path
        assert len(issue.why["en"]) < 700
