"""Writes a report pack into a folder: document, PDF, workbook, tables, figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cim_bridge.issues import IssueLog
from cim_bridge.progress import SILENT, Progress
from scenes.picture import scene_still
from scenes.report.content import Report
from scenes.report.document import write_document
from scenes.report.pdf import write_pdf
from scenes.report.workbook import write_tables, write_workbook
from scenes.scene import Published

SIZE = (1600, 900)


@dataclass(frozen=True)
class Pack:
    """What was written; ``pdf`` None where this machine has no office program."""

    document: Path
    workbook: Path
    pdf: Path | None
    figures: list[Path]
    tables: list[Path]
    log: IssueLog


def write_report(
    report: Report, published: Published, out: Path, *, language: str = "zh",
    progress: Progress = SILENT, size: tuple[int, int] = SIZE,
) -> Pack:  # fmt: skip
    """Write everything into `out`: report.docx, .pdf, .xlsx, tables/*.csv, figures/*.png.

    Without an office program there is no PDF, and an Issue says so (REPORT_PDF_ABSENT).
    """
    log = IssueLog()
    tables, figures = out / "tables", out / "figures"
    for folder in (tables, figures):
        folder.mkdir(parents=True, exist_ok=True)
    progress.stage("figures", len(report.figures))
    pictures = {}
    for figure in report.figures:
        path = figures / f"{figure.name}.png"
        scene_still(figure.scene, published, path, size=size, language=language)
        pictures[figure.name] = path
        progress.advance(1)
    progress.stage("documents")
    document = write_document(report, pictures, out / "report.docx", language)
    workbook = write_workbook(report, out / "report.xlsx", language)
    listed = write_tables(report, tables, language)
    pdf = write_pdf(document)
    if pdf is None:
        log.add("REPORT_PDF_ABSENT", file=document)
    progress.done()
    return Pack(document, workbook, pdf, list(pictures.values()), listed, log)
