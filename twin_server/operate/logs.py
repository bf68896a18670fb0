"""Log lines as JSON, one a line, in which no secret is ever told."""

from __future__ import annotations

import datetime as dt
import logging
import re
import sys
from typing import Any

import orjson

ACCESS = "twin_server.access"
"""Name of the logger that gets one line a request."""

_SECRETS = (
    (re.compile(r"twk_([0-9a-f]{12})_[A-Za-z0-9_-]+"), r"twk_\1_***"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?"), "***"),
    (re.compile(r"(?i)(bearer|basic)\s+[^\s\"']+"), r"\1 ***"),
    (re.compile(r"/t/\d{10}\.[a-z]\.[A-Za-z0-9_-]+"), "/t/***"),
    (
        re.compile(
            r"(?i)\b((?:access_|id_|refresh_)?token|key|api_?key|secret|client_secret|password|code|"
            r"state|sig|signature)=[^&\s\"']*"
        ),
        r"\1=***",
    ),
    (re.compile(r"(?i)\b((?:__host-)?cimtwin(?:-session|-note)?)=[^;\s\"']*"), r"\1=***"),
    (re.compile(r"(://[^/\s:@]+):[^/\s@]+@"), r"\1:***@"),
)


def redacted(text: str) -> str:
    """A text without keys, tokens, passwords and codes."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class JsonLines(logging.Formatter):
    """One JSON object a record: time, level, logger, message, and `fields` given as extra."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
        told: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        fields: dict[str, Any] = getattr(record, "fields", {})
        told |= {
            name: redacted(value) if isinstance(value, str) else value
            for name, value in fields.items()
        }
        if record.exc_info:
            told["exception"] = redacted(self.formatException(record.exc_info))
        return orjson.dumps(told, default=str).decode()


def log_as_json() -> None:
    """Send every log line of this process to stderr as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("twin_server").setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
