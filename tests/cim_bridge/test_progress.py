"""What a person sees while long work goes on."""

from __future__ import annotations

import io
import time

import pytest

from cim_bridge.progress import TerminalProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_stage_count_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    out = Terminal()
    progress = TerminalProgress(out)
    progress.stage("merge", 1000)
    now[0] += 2.0
    progress.advance(500)
    assert "merge  500/1,000  250/s  2 s left" in out.getvalue()
    progress.stage("read")  # how much there is shows only at the end
    now[0] += 1.0
    progress.advance(300)
    assert "read  300  300/s" in out.getvalue()
    progress.done()
    assert "✓ merge 500  2.0 s" in out.getvalue()
    assert "✓ read 300  1.0 s" in out.getvalue()


def test_a_file_gets_one_line_a_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    progress = TerminalProgress(out)
    progress.stage("read")
    progress.advance(7)
    progress.done()
    assert out.getvalue().count("\n") == 1
    assert "\r" not in out.getvalue()
