"""First bytes of an XML file: their text in any Unicode form, and whether a DOCTYPE comes."""

from __future__ import annotations

import re

PROLOG_BYTES = 1 << 16

_LEAD = re.compile(r"\s*(?:<!--.*?-->|<\?.*?\?>|\s+)*", re.DOTALL)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def head_text(head: bytes) -> str:
    """First bytes of an XML file as text, whatever Unicode form they have."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return head[len(mark) :].decode(name, errors="replace")
    if head[:4] in (b"<\0?\0", b"\0<\0?"):
        return head.decode("utf-16-le" if head[1] == 0 else "utf-16-be", errors="replace")
    return head.decode("utf-8", errors="replace")


def has_doctype(head: bytes) -> bool:
    """Whether a DOCTYPE comes before the root element, as far as these bytes tell."""
    text = head_text(head)
    lead = _LEAD.match(text)
    return text[lead.end() if lead else 0 :].lstrip()[:9].upper() == "<!DOCTYPE"
