"""A page of GML: how many features it holds and what they are called; never trusted.

No DTD, no entities, no network; a report of an error inside the page is an error.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from cim_bridge.readers.remote.client import Answer, Client
from cim_bridge.readers.remote.failures import Refused
from cim_bridge.readers.remote.names import number

_MEMBERS = frozenset(("member", "featureMember", "featureMembers"))
_REPORTS = frozenset(("ExceptionReport", "ServiceExceptionReport"))
_GML_IDS = (
    "{http://www.opengis.net/gml/3.2}id", "{http://www.opengis.net/gml}id", "fid",
)  # fmt: skip
_CLOSED: dict[str, Any] = {
    "load_dtd": False, "no_network": True, "resolve_entities": False, "huge_tree": False,
}  # fmt: skip


@dataclass
class GmlPage:
    """What one page says and holds."""

    ids: list[str] = field(default_factory=list)
    matched: int | None = None
    returned: int | None = None
    srs: str = ""


def read_page(client: Client, answer: Answer) -> GmlPage:
    """Count a page; Refused when it is something else, is cut off, or reports an error."""
    _refuse_doctype(client, answer)
    page = GmlPage()
    root: Any = None
    try:
        with answer.path.open("rb") as handle:
            for event, element in etree.iterparse(handle, events=("start", "end"), **_CLOSED):
                if root is None:
                    root = element
                    _judge(client, answer, root)
                if event == "start":
                    page.srs = page.srs or element.get("srsName") or ""
                else:
                    _take(client, answer, element, page)
    except etree.XMLSyntaxError as exc:
        raise Refused("REMOTE_PAGE_BROKEN", url=answer.url, reason=str(exc)[:200]) from exc
    if root is not None:
        told = root.get("numberMatched") or root.get("numberOfFeatures")
        page.matched = number(told)
        page.returned = number(root.get("numberReturned") or root.get("numberOfFeatures"))
    return page


def _take(client: Client, answer: Answer, element: Any, page: GmlPage) -> None:
    """Note the features of a member, and give its memory back."""
    name = local(element)
    if name in _REPORTS or name == "truncatedResponse":
        _report(client, answer, element)
    elif name in _MEMBERS:
        page.ids += [_id(feature) for feature in element if isinstance(feature.tag, str)]
        element.clear()


def small_document(client: Client, answer: Answer) -> Any:
    """The root of a capabilities or schema document; Refused when it is something else."""
    _refuse_doctype(client, answer)
    try:
        root = etree.parse(str(answer.path), etree.XMLParser(**_CLOSED)).getroot()
    except etree.XMLSyntaxError as exc:
        found = client.glimpse(answer.head())
        raise Refused("REMOTE_NOT_DATA", url=answer.url, wanted="XML", found=found) from exc
    _judge(client, answer, root)
    if local(root) in _REPORTS:
        _report(client, answer, root)
    return root


def local(element: Any) -> str:
    """Name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _refuse_doctype(client: Client, answer: Answer) -> None:
    head = answer.head(1 << 16)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"<") or b"<!DOCTYPE" in head.upper():
        found = client.glimpse(head)
        raise Refused("REMOTE_NOT_DATA", url=answer.url, wanted="XML", found=found)


def _judge(client: Client, answer: Answer, root: Any) -> None:
    name = local(root)
    if name.lower() == "html":
        found = client.glimpse(answer.head())
        raise Refused("REMOTE_NOT_DATA", url=answer.url, wanted="XML", found=found)


def _report(client: Client, answer: Answer, element: Any) -> None:
    said = client.glimpse(" ".join(element.itertext()).encode())
    raise Refused("REMOTE_REPORTS_ERROR", url=answer.url, said=said)


def _id(feature: Any) -> str:
    return next((found for name in _GML_IDS if (found := feature.get(name))), "")
