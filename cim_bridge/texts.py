"""Text for people: always Chinese and English together."""

from __future__ import annotations

from typing import TypedDict


class Text(TypedDict):
    """One label in both languages."""

    zh: str
    en: str


def text(zh: object = "", en: object = "") -> Text:
    """Return both languages; a missing one falls back to the other."""
    zh_text = "" if zh is None else str(zh).strip()
    en_text = "" if en is None else str(en).strip()
    return Text(zh=zh_text or en_text, en=en_text or zh_text)


def as_text(value: object) -> Text:
    """Read a Text from data: a table with `zh`/`en`, or one plain string for both."""
    if isinstance(value, dict):
        return text(value.get("zh"), value.get("en"))
    return text(value, value)
