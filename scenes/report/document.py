"""The report as an editable document; the keeper of python-docx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cim_bridge.texts import Text
from scenes.report.content import Cell, Figure, Report, Table
from scenes.report.settled import settle
from scenes.report.words import say

SERIF, SANS = "宋体", "黑体"
"""Names of Chinese fonts that every office has; where one is absent its substitute is taken."""

LATIN = "Times New Roman"
WIDE = 16.6
"""Centimetres between the margins of an A4 page."""


INK = {"head": "E8EDEF", "line": "B9C2C8"}


def write_document(report: Report, pictures: dict[str, Path], out: Path, language: str) -> Path:
    """Write DOCX: title, contents, chapters; captions are numbered by fields of Word's own.

    pictures: PNG of each figure by its name.
    """
    import docx

    writer = _Writer(docx.Document(), language)
    writer.setup()
    writer.front(report)
    for number, chapter in enumerate(report.chapters, start=1):
        writer.heading(f"{number}  {spoken(chapter.title, writer.tongue)}")
        for part in chapter.parts:
            if isinstance(part, Table):
                writer.table(part)
            elif isinstance(part, Figure):
                if part.name in pictures:
                    writer.figure(part, pictures[part.name])
            else:
                writer.paragraph(spoken(part, writer.tongue))
    out.parent.mkdir(parents=True, exist_ok=True)
    writer.document.save(str(out))
    settle(out)
    return out


def spoken(words: Text, tongue: str) -> str:
    """A text in one language."""
    return words["zh"] if tongue == "zh" else words["en"]


def words_of(value: Cell | Text, tongue: str) -> str:
    """A cell as text."""
    if value is None:
        return "—"
    if isinstance(value, dict):
        return spoken(value, tongue)
    return f"{value:,}" if isinstance(value, int) else str(value)


class _Writer:
    """One document being written."""

    def __init__(self, document: Any, language: str) -> None:
        self.document = document
        self.tongue: Any = language
        self.numbers = {"figure": 0, "table": 0}

    def setup(self) -> None:
        """A4, Chinese fonts, headings that do not stand alone."""
        from docx.shared import Cm, Pt, RGBColor

        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm((21 - WIDE) / 2)
        section.top_margin = section.bottom_margin = Cm(2.2)
        for name, size, font in (("Normal", 10.5, SERIF), ("Heading 1", 16, SANS),
                                 ("Title", 22, SANS), ("Caption", 9, SANS)):  # fmt: skip
            style = self.document.styles[name]
            style.font.size, style.font.name = Pt(size), LATIN
            _east(style.element.get_or_add_rPr(), font)
            style.font.color.rgb = RGBColor(0x1C, 0x26, 0x2E)
            style.font.italic = False
        core = self.document.core_properties
        core.author = core.last_modified_by = "CIM Twin"
        self._page_numbers(section)

    def front(self, report: Report) -> None:
        """Title, what it is of, the mark of what is made up, and the chapters there are."""
        self.document.core_properties.title = spoken(report.title, self.tongue)
        self.document.add_paragraph(spoken(report.title, self.tongue), style="Title")
        if report.note is not None:
            self.paragraph(spoken(report.note, self.tongue), bold=True)
        for line in report.about:
            self.paragraph(spoken(line, self.tongue))
        self.paragraph(spoken(say("contents"), self.tongue), bold=True)
        for number, chapter in enumerate(report.chapters, start=1):
            self.paragraph(f"{number}  {spoken(chapter.title, self.tongue)}")

    def heading(self, words: str) -> None:
        """A chapter begins."""
        self.document.add_heading(words, level=1)

    def paragraph(self, words: str, *, bold: bool = False) -> None:
        """Running text."""
        run = self.document.add_paragraph().add_run(words)
        run.bold = bold

    def figure(self, figure: Figure, picture: Path) -> None:
        """A picture as wide as the page with its caption below."""
        from docx.shared import Cm

        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        paragraph.add_run().add_picture(str(picture), width=Cm(WIDE - 0.4))
        self._caption("figure", spoken(figure.caption, self.tongue))

    def table(self, table: Table) -> None:
        """A table with its caption above; its head repeats on every page."""
        from docx.shared import Cm

        self._caption("table", spoken(table.caption, self.tongue), above=True)
        rows = list(table.rows[: table.most])
        made = self.document.add_table(rows=len(rows) + 1, cols=len(table.head))
        made.style, made.autofit = "Table Grid", False
        whole = sum(table.widths)
        widths = [Cm(WIDE * share / whole) for share in table.widths]
        for column, width in zip(made.columns, widths, strict=True):
            column.width = width
        cells = made._cells  # one look-up for all: python-docx walks the table for each otherwise
        texts = [[spoken(head, self.tongue) for head in table.head]]
        texts += [[words_of(value, self.tongue) for value in row] for row in rows]
        for line, row in enumerate(texts):
            for column, words in enumerate(row):
                cell = cells[line * len(row) + column]
                cell.width = widths[column]
                self._cell(cell, words, head=line == 0)
        _mark(made.rows[0], "w:tblHeader")
        for row in made.rows:
            _mark(row, "w:cantSplit")
        _quiet(made)
        self.document.add_paragraph()

    def _cell(self, cell: Any, words: str, *, head: bool) -> None:
        from docx.shared import Pt

        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(0)
        run = paragraph.add_run(words)
        run.font.size, run.bold = Pt(8), head
        if head:
            _shade(cell, INK["head"])

    def _caption(self, kind: str, words: str, *, above: bool = False) -> None:
        """`图 3 …` with Word's own counter, so that captions renumber when people edit."""
        self.numbers[kind] += 1
        paragraph = self.document.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = above
        name = spoken(say(kind), self.tongue)
        paragraph.add_run(f"{name} ")
        _field(paragraph, f" SEQ {name} \\* ARABIC ", str(self.numbers[kind]))
        paragraph.add_run(f"  {words}")

    def _page_numbers(self, section: Any) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph = section.footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _field(paragraph, " PAGE ", "1")


def _east(properties: Any, font: str) -> None:
    """Set the font of Chinese letters, simplified ones; python-docx has no word for it."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    fonts = properties.get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), font)
    tongue = OxmlElement("w:lang")
    tongue.set(qn("w:eastAsia"), "zh-CN")
    properties.append(tongue)
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)


def _field(paragraph: Any, code: str, shown: str) -> None:
    """A field of Word with the result it has now."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind, words in (("begin", ""), ("", code), ("separate", ""), ("text", shown), ("end", "")):
        run = paragraph.add_run()
        if kind == "text":
            run.text = words
            continue
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.set(qn("xml:space"), "preserve")
            element.text = words
        run._r.append(element)


def _mark(row: Any, name: str) -> None:
    """Say of a row that it repeats on every page, or stays on one."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    mark = OxmlElement(name)
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _quiet(table: Any) -> None:
    """Thin grey lines, and air above and below the words of a cell."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", INK["line"])):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    margins = OxmlElement("w:tblCellMar")
    for side, width in (("top", "50"), ("left", "70"), ("bottom", "50"), ("right", "70")):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), width)
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    properties = table._tbl.tblPr
    properties.append(borders)
    properties.append(margins)


def _shade(cell: Any, color: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement("w:shd")
    element.set(qn("w:val"), "clear")
    element.set(qn("w:fill"), color)
    cell._tc.get_or_add_tcPr().append(element)
