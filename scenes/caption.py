"""The words on a still: title, legend, names, scale, north, sources, the mark of synthetic data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenes.hatch import swatch

INK, QUIET, CARD, EDGE = (28, 38, 46), (92, 104, 113), (255, 255, 255, 236), (214, 219, 222)
MARK, ACCENT = (138, 74, 28), (43, 80, 216)
CJK_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)
SIMPLIFIED = 2
"""Face of simplified Chinese in Noto's collection (Japanese comes first)."""

WIDEST = 0.5
"""Share of the picture that a head may take before its lines break."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Place:
    """A name on the map at a pixel."""

    words: dict[str, str]
    at: tuple[float, float]
    strong: bool = False


def cjk_font() -> tuple[str, int] | None:
    """File and face of a font with Chinese that this machine has; None without one."""
    found = next((path for path in CJK_FONTS if Path(path).is_file()), None)
    if found is None:
        return None
    return found, SIMPLIFIED if "NotoSansCJK" in found else 0


def write_caption(
    picture: Any,
    told: dict[str, Any],
    places: list[Place] | None = None,
    ruler: tuple[float, float] | None = None,
) -> None:
    """Write on a PIL image, in Chinese where the machine has a font for it.

    told: title, note (Text or None), words (lines, legend, foot), legend ([Text, colour, count,
    state], state "" for a class).
    ruler: metres a pixel in the middle of the picture, and degrees from up to north.
    """
    _Caption(picture, told).write(places or [], ruler)


class _Caption:
    """One picture being written on; ``unit`` is the height of its plain letters."""

    def __init__(self, picture: Any, told: dict[str, Any]) -> None:
        from PIL import ImageDraw

        self.face = cjk_font()
        self.tongue = told["language"] if self.face else "en"
        self.told, self.picture = told, picture
        self.draw = ImageDraw.Draw(picture, "RGBA")
        self.unit = max(10, picture.height // 50)
        self.edge = int(1.6 * self.unit)
        self.taken: list[Box] = []

    def font(self, size: float) -> Any:
        from PIL import ImageFont

        pixels = max(9, round(size * self.unit))
        if self.face is None:
            return ImageFont.load_default(pixels)
        return ImageFont.truetype(self.face[0], pixels, index=self.face[1])

    def write(self, places: list[Place], ruler: tuple[float, float] | None) -> None:
        """Every part there is; names on the map last, where nothing else stands."""
        words = self.told.get("words") or {}
        self._head(words.get("lines") or ())
        if self.told["legend"]:
            self._legend(words.get("legend"))
        foot = self._foot(words.get("foot") or ())
        if ruler is not None:
            self._ruler(*ruler, foot)
        for place in sorted(places, key=lambda place: not place.strong):
            self._name(place)

    def _head(self, lines: Any) -> None:
        """Title and lines on a card, for a close view fills the picture behind them."""
        title = [(self.told["title"], self.font(1.9), INK, 2.8)] if self.told["title"] else []
        rows = title + [(line, self.font(1.0), QUIET, 1.55) for line in lines]
        if not rows:
            return
        most = WIDEST * self.picture.width
        texts = [
            (part, font, ink, high)
            for words, font, ink, high in rows
            for part in self.broken(words[self.tongue], font, most)
        ]
        wide = max(self.draw.textlength(text, font) for text, font, _, _ in texts)
        y, unit = float(self.edge), self.unit
        high = sum(row[3] for row in texts) * unit
        self._card((self.edge, y, self.edge + wide + 2 * unit, y + high + 1.2 * unit))
        y += 0.5 * unit
        for text, font, ink, step in texts:
            self.draw.text((self.edge + unit, y), text, ink, font)
            y += step * unit

    def broken(self, text: str, font: Any, most: float) -> list[str]:
        """A text in lines no wider than `most` pixels, broken between words or Chinese letters."""
        lines, line, rest = [], "", text
        while rest:
            cut = 1
            if rest[0].isascii() and not rest[0].isspace():
                cut = next((at for at, c in enumerate(rest) if c.isspace() or not c.isascii()),
                           len(rest))  # fmt: skip
            word, rest = rest[:cut], rest[cut:]
            if line and self.draw.textlength(line + word, font) > most and word not in "，。；：）":
                lines.append(line.rstrip())
                line = word.lstrip()
            else:
                line += word
        return [*lines, line] if line else lines

    def _legend(self, title: dict[str, str] | None) -> None:
        plain, unit = self.font(0.95), self.unit
        rows = [(label[self.tongue], color, f"{count:,}", state)
                for label, color, count, state in self.told["legend"]]  # fmt: skip
        head = title[self.tongue] if title else ""
        counts = max(self.draw.textlength(count, plain) for _, _, count, _ in rows)
        texts = [self.draw.textlength(label, plain) + 4.2 * unit + counts for label, *_ in rows]
        wide = max(*texts, self.draw.textlength(head, plain)) + 2 * unit
        step, above = 1.6 * unit, 2.0 * unit if head else 0.0
        high = step * len(rows) + above + 1.2 * unit
        left, top = self.edge, self.picture.height - self.edge - high
        self._card((left, top, left + wide, top + high))
        if head:
            self.draw.text((left + unit, top + 1.5 * unit), head, INK, plain, anchor="lm")
        for number, (label, color, count, state) in enumerate(rows):
            y = top + 0.6 * unit + above + number * step
            box = (left + unit, y + 0.2 * unit, left + 2.8 * unit, y + step - 0.2 * unit)
            self._swatch(box, color, state)
            self.draw.text((left + 3.5 * unit, y + step / 2), label, INK, plain, anchor="lm")
            at = (left + wide - unit, y + step / 2)
            self.draw.text(at, count, QUIET, plain, anchor="rm")

    def _swatch(self, box: Box, color: str, state: str) -> None:
        """A class's colour, or the hatch of a state."""
        from PIL import Image

        self.draw.rectangle(box, fill=color)
        if state:
            left, top, right, bottom = map(round, box)
            size = (right - left + 1, bottom - top + 1)
            marks = swatch(state, size, max(1.0, self.picture.height / 900))
            self.picture.paste(Image.fromarray(marks), (left, top))

    def _foot(self, lines: Any) -> float:
        """Sources at the lower right, above them what is not real; returns the upper end."""
        right, y = self.picture.width - self.edge, self.picture.height - self.edge
        small, plain = self.font(0.8), self.font(0.95)
        most = 0.55 * self.picture.width
        for line in reversed(list(lines)):
            for part in reversed(self.broken(line[self.tongue], small, most)):
                self._on_card(part, (right, y), small, QUIET)
                y -= int(1.5 * self.unit)
        if self.told["note"]:
            self._on_card(self.told["note"][self.tongue], (right, y), plain, MARK)
            y -= int(1.8 * self.unit)
        return float(y)

    def _ruler(self, metres: float, north: float, bottom: float) -> None:
        """A scale bar that holds in the middle of the picture, and an arrow to the north."""
        from math import cos, log10, radians, sin

        unit, right = self.unit, self.picture.width - self.edge
        most = 0.12 * self.picture.width * metres
        power = 10 ** int(log10(most)) if most >= 1 else 1
        length = max(step * power for step in (1, 2, 5) if step * power <= max(most, 1))
        wide = length / metres
        told = f"{length:g} m" if length < 1000 else f"{length / 1000:g} km"
        note = {"zh": f"画面中部 {told}", "en": f"{told} mid-picture"}[self.tongue]
        font = self.font(0.8)
        across = max(wide, self.draw.textlength(note, font)) + 4.6 * unit
        top = bottom - 3.2 * unit
        self._card((right - across, top, right, bottom))
        x, y = right - across + 3.4 * unit, bottom - 0.9 * unit
        self.draw.text((x, y - 0.4 * unit), note, INK, font, anchor="ls")
        self.draw.line((x, y, x + wide, y), fill=INK, width=max(2, unit // 8))
        for end in (x, x + wide):
            self.draw.line((end, y - 0.3 * unit, end, y + 0.3 * unit), fill=INK, width=2)
        cx, cy, angle = right - across + 1.7 * unit, top + 1.6 * unit, radians(north)

        def at(far: float, turn: float) -> tuple[float, float]:
            return cx + far * unit * sin(angle + turn), cy - far * unit * cos(angle + turn)

        self.draw.polygon((at(1.25, 0), at(0.6, 2.5), at(0.2, 3.1416), at(0.6, -2.5)), fill=INK)
        letter = {"zh": "北", "en": "N"}[self.tongue]
        self.draw.text(at(1.1, 3.1416), letter, QUIET, self.font(0.6), anchor="mm")

    def _name(self, place: Place) -> None:
        """A name over its place, where it is in the picture and covers nothing else."""
        font, pad = self.font(1.0 if place.strong else 0.85), 0.4 * self.unit
        told = place.words[self.tongue]
        x, y = place.at[0], place.at[1] - (2.2 * self.unit if place.strong else 0)
        half = self.draw.textlength(told, font) / 2 + pad
        box = (x - half, y - 0.75 * self.unit, x + half, y + 0.75 * self.unit)
        inside = box[0] > 0 and box[1] > 0
        inside = inside and box[2] < self.picture.width and box[3] < self.picture.height
        if not inside or any(_meet(box, other) for other in self.taken):
            return
        if place.strong:
            self.draw.line((x, y, *place.at), fill=ACCENT, width=2)
        fill = (*ACCENT, 255) if place.strong else (255, 255, 255, 190)
        self.draw.rounded_rectangle(box, radius=0.5 * self.unit, fill=fill)
        self.draw.text((x, y), told, (255, 255, 255) if place.strong else INK, font, anchor="mm")
        self.taken.append(box)

    def _on_card(self, text: str, at: tuple[float, float], font: Any, ink: Any) -> None:
        x0, y0, x1, y1 = self.draw.textbbox(at, text, font, anchor="rd")
        pad = 0.3 * self.unit
        box = (x0 - pad, y0 - pad, x1 + pad, y1 + pad)
        self.draw.rectangle(box, fill=(255, 255, 255, 200))
        self.draw.text(at, text, ink, font, anchor="rd")
        self.taken.append(box)

    def _card(self, box: Box) -> None:
        self.draw.rounded_rectangle(box, radius=0.4 * self.unit, fill=CARD, outline=EDGE)
        self.taken.append(box)


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
