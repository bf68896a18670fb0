"""Progress of long work: stage, done of total, rate, time left; and a way to stop it."""

from __future__ import annotations

import sys
import time
from typing import Protocol, TextIO


class Progress(Protocol):
    """What long work calls; a person sees it on a terminal, a test ignores it."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a named stage of `total` steps (None when unknown)."""

    def advance(self, n: int = 1) -> None:
        """Report `n` more steps done."""

    def done(self) -> None:
        """End the last stage."""


class _Silent:
    """Reports nothing."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Ignore."""

    def advance(self, n: int = 1) -> None:
        """Ignore."""

    def done(self) -> None:
        """Ignore."""


SILENT: Progress = _Silent()


class TerminalProgress:
    """One line a stage on stderr, rewritten in place on a terminal."""

    def __init__(self, out: TextIO | None = None, *, every: float = 0.2) -> None:
        self._out = out or sys.stderr
        self._live = self._out.isatty()
        self._every = every
        self._name = ""
        self._total: int | None = None
        self._count = 0
        self._start = self._last = time.monotonic()

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a stage and close the one before."""
        self.done()
        self._name, self._total, self._count = name, total, 0
        self._start = self._last = time.monotonic()
        if self._live:
            self._write()

    def advance(self, n: int = 1) -> None:
        """Count steps; the line is redrawn a few times a second at most."""
        self._count += n
        now = time.monotonic()
        if self._live and now - self._last >= self._every:
            self._last = now
            self._write()

    def done(self) -> None:
        """Finish the running stage with its time."""
        if not self._name:
            return
        seconds = time.monotonic() - self._start
        amount = f" {self._count:,}" if self._count else ""
        line = f"  ✓ {self._name}{amount}  {seconds:.1f} s"
        self._out.write(("\r\x1b[K" if self._live else "") + line + "\n")
        self._out.flush()
        self._name = ""

    def _write(self) -> None:
        seconds = max(time.monotonic() - self._start, 1e-9)
        rate = self._count / seconds
        parts = [f"  … {self._name}", f"{self._count:,}"]
        if self._total:
            left = max(self._total - self._count, 0) / rate if rate else 0.0
            parts[1] += f"/{self._total:,}"
            parts.append(f"{rate:,.0f}/s")
            parts.append(f"{left:.0f} s left")
        elif self._count:  # how much there is shows only at the end
            parts.append(f"{rate:,.0f}/s")
        self._out.write("\r\x1b[K" + "  ".join(parts))
        self._out.flush()
