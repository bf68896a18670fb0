"""The words on a still: title, legend, sources and the mark of synthetic data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

INK, QUIET, CARD, EDGE = (28, 38, 46), (92, 104, 113), (255, 255, 255, 236), (214, 219, 222)
MARK = (138, 74, 28)
CJK_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)


def write_caption(picture: Any, told: dict[str, Any]) -> None:
    """Write on a PIL image, in Chinese where the machine has a font for it.

    told: title, note (Text or None), words (lines, legend, foot), legend ([Text, colour] each).
    """
    _Caption(picture, told).write()


class _Caption:
    """One picture being written on; ``unit`` is the height of its plain letters."""

    def __init__(self, picture: Any, told: dict[str, Any]) -> None:
        from PIL import ImageDraw

        self.found = next((path for path in CJK_FONTS if Path(path).is_file()), None)
        self.tongue = told["language"] if self.found else "en"
        self.told, self.picture = told, picture
        self.draw = ImageDraw.Draw(picture, "RGBA")
        self.unit = max(10, picture.height // 50)
        self.edge = int(1.6 * self.unit)

    def font(self, size: float) -> Any:
        from PIL import ImageFont

        pixels = max(9, round(size * self.unit))
        return (
            ImageFont.truetype(self.found, pixels) if self.found else ImageFont.load_default(pixels)
        )

    def write(self) -> None:
        """Every part there is."""
        words = self.told.get("words") or {}
        self._head(words.get("lines") or ())
        if self.told["legend"]:
            self._legend(words.get("legend"))
        self._foot(words.get("foot") or ())

    def _head(self, lines: Any) -> None:
        """Title and lines on a card, for a close view fills the picture behind them."""
        title = [(self.told["title"], self.font(1.9), INK, 2.8)] if self.told["title"] else []
        rows = title + [(line, self.font(1.0), QUIET, 1.55) for line in lines]
        if not rows:
            return
        texts = [(words[self.tongue], font, ink, high) for words, font, ink, high in rows]
        wide = max(self.draw.textlength(text, font) for text, font, _, _ in texts)
        y, unit = float(self.edge), self.unit
        high = sum(row[3] for row in texts) * unit
        self._card((self.edge, y, self.edge + wide + 2 * unit, y + high + 1.2 * unit))
        y += 0.5 * unit
        for text, font, ink, step in texts:
            self.draw.text((self.edge + unit, y), text, ink, font)
            y += step * unit

    def _legend(self, title: dict[str, str] | None) -> None:
        plain, unit = self.font(0.95), self.unit
        rows = [(label[self.tongue], color) for label, color in self.told["legend"]]
        head = title[self.tongue] if title else ""
        texts = [self.draw.textlength(label, plain) + 2.6 * unit for label, _ in rows]
        wide = max(*texts, self.draw.textlength(head, plain)) + 2 * unit
        step, above = 1.6 * unit, 2.0 * unit if head else 0.0
        high = step * len(rows) + above + 1.2 * unit
        left, top = self.edge, self.picture.height - self.edge - high
        self._card((left, top, left + wide, top + high))
        if head:
            self.draw.text((left + unit, top + 1.5 * unit), head, INK, plain, anchor="lm")
        for number, (label, color) in enumerate(rows):
            y = top + 0.6 * unit + above + number * step
            box = (left + unit, y + 0.2 * unit, left + 2.8 * unit, y + step - 0.2 * unit)
            self.draw.rectangle(box, fill=color)
            at = (left + 3.5 * unit, y + step / 2)
            self.draw.text(at, label, INK, plain, anchor="lm")

    def _foot(self, lines: Any) -> None:
        """Sources at the lower right, and above them, in its own colour, what is not real."""
        right, y = self.picture.width - self.edge, self.picture.height - self.edge
        small, plain = self.font(0.8), self.font(0.95)
        for line in reversed(list(lines)):
            self._on_card(line[self.tongue], (right, y), small, QUIET)
            y -= 1.5 * self.unit
        if self.told["note"]:
            self._on_card(self.told["note"][self.tongue], (right, y), plain, MARK)

    def _on_card(self, text: str, at: tuple[float, float], font: Any, ink: Any) -> None:
        x0, y0, x1, y1 = self.draw.textbbox(at, text, font, anchor="rd")
        pad = 0.3 * self.unit
        self.draw.rectangle((x0 - pad, y0 - pad, x1 + pad, y1 + pad), fill=(255, 255, 255, 200))
        self.draw.text(at, text, ink, font, anchor="rd")

    def _card(self, box: tuple[float, float, float, float]) -> None:
        self.draw.rounded_rectangle(box, radius=0.4 * self.unit, fill=CARD, outline=EDGE)
