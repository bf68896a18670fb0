"""Figures of the server in Prometheus' format, with few and fixed labels (keeper of its client)."""

from __future__ import annotations

import os
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client import generate_latest as text_of
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_OTHER = "other"

disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Requests by route (as the policy writes it) and class of status; what is published."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._held: dict[tuple[str | None, int], tuple[Counter, Counter, Histogram]] = {}
        more: dict[str, Any] = {"registry": self.registry}
        self._requests = Counter(
            "cimtwin_requests", "Requests answered.", ["route", "status"], **more
        )
        self._bytes = Counter("cimtwin_sent_bytes", "Bytes of bodies sent.", ["route"], **more)
        self._seconds = Histogram(
            "cimtwin_request_seconds", "Time to answer.", ["route"], buckets=_SECONDS, **more
        )
        self._publication = Gauge(
            "cimtwin_publication_seq", "Number of the current publication.",
            multiprocess_mode="max", **more,
        )  # fmt: skip
        self._outbox = Gauge(
            "cimtwin_webhooks_waiting", "Deliveries that wait.", ["state"],
            multiprocess_mode="max", **more,
        )  # fmt: skip

    def count(self, route: str | None, status: int, seconds: float, size: int) -> None:
        """One request was answered."""
        key = (route, status // 100)
        held = self._held.get(key)
        if held is None:  # few: every route of the policy by five classes of status
            name = route or _OTHER
            held = self._held[key] = (
                self._requests.labels(name, f"{status // 100}xx"),
                self._bytes.labels(name),
                self._seconds.labels(name),
            )
        held[0].inc()
        held[1].inc(size)
        held[2].observe(seconds)

    def text(self, publication: int, waiting: dict[str, int]) -> bytes:
        """Everything as text, of all worker processes where there are several."""
        self._publication.set(publication)
        for state, count in waiting.items():
            self._outbox.labels(state).set(count)
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            return text_of(registry)
        return text_of(self.registry)
