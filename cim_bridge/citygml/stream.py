"""XML as a stream of city object members, hardened (the keeper of lxml's parser).

No DTD, no entities, no network: a DOCTYPE is refused before anything is parsed. lxml's own limits
(256 levels, 10 MB of text in one node) stay on. Every element is given back to memory after use.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from cim_bridge.citygml.head import PROLOG_BYTES, has_doctype
from cim_bridge.issues import IssueLog

Element = Any
"""An lxml element; the library has no types of its own."""

MEMBERS = ("cityObjectMember", "featureMember", "featureMembers", "appearanceMember")
TRIANGLE = "Triangle"


def local(element: Element) -> str:
    """Name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def small_document(data: bytes) -> tuple[Element | None, str]:
    """Root of a small trusted-size document, or None and why not; as hardened as the stream."""
    if has_doctype(data[:PROLOG_BYTES]):
        return None, "DOCTYPE"
    parser = etree.XMLParser(
        load_dtd=False, no_network=True, resolve_entities=False, huge_tree=False
    )
    try:
        return etree.fromstring(data, parser), ""
    except etree.XMLSyntaxError as exc:
        return None, str(exc)


def elements(path: Path, log: IssueLog) -> Iterator[Element]:
    """Members of the document and triangles of relief, each complete; emptied afterwards.

    Ends early, with an Issue, where the XML is broken or unsafe. The root is the topmost ancestor
    of what is given; what precedes the first member is still there when that is given.
    """
    with path.open("rb") as handle:
        if has_doctype(handle.read(PROLOG_BYTES)):
            log.add("XML_DOCTYPE", file=path)
            return
        handle.seek(0)
        try:
            yield from _parsed(handle, path, log)
        except etree.XMLSyntaxError as exc:
            _explain(exc, path, log)


def _parsed(handle: BinaryIO, path: Path, log: IssueLog) -> Iterator[Element]:
    context = etree.iterparse(
        handle, events=("end",), tag=[f"{{*}}{name}" for name in (*MEMBERS, TRIANGLE)],
        load_dtd=False, no_network=True, resolve_entities=False, huge_tree=False,
        remove_comments=True, remove_pis=True, remove_blank_text=True, collect_ids=False,
    )  # fmt: skip
    first = True
    for _, element in context:
        if first and element.getroottree().docinfo.doctype:
            log.add("XML_DOCTYPE", file=path)
            return
        first = False
        if not element.tag.endswith("}Triangle") or of_relief(element):
            yield element
            _forget(element)
    root = context.root
    if first and root is not None:
        if root.getroottree().docinfo.doctype:
            log.add("XML_DOCTYPE", file=path)
        elif local(root) != "CityModel":
            log.add("NOT_CITYGML", file=path, root=local(root))


def of_relief(triangle: Element) -> bool:
    """Whether a triangle belongs to a TIN of the terrain, which is streamed piece by piece."""
    patches = triangle.getparent()
    surface = patches.getparent() if patches is not None else None
    place = surface.getparent() if surface is not None else None
    return place is not None and local(place) == "tin"


def _forget(element: Element) -> None:
    """Free what came before an element under the same parent; a triangle is emptied too.

    A member stays until the next one comes: to empty it while parts of it are still looked at takes
    time by the square of its size.
    """
    parent = element.getparent()
    if element.tag.endswith("}Triangle"):
        element.clear()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _explain(error: etree.XMLSyntaxError, path: Path, log: IssueLog) -> None:
    line, column = error.position
    reason = str(error.msg).partition(", line ")[0]
    if not line and len(error.error_log):  # lxml loses the message of an entity; its log has it
        last = error.error_log[-1]
        line, column, reason = last.line, last.column, last.message
    if "depth" in reason.lower():
        log.add("XML_TOO_DEEP", file=path, row=line, line=line)
    elif "entity" in reason.lower():
        log.add("XML_ENTITY", file=path, row=line, line=line, reason=reason)
    else:
        log.add("XML_BROKEN", file=path, row=line, line=line, column=column, reason=reason)
