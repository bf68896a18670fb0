"""The report pack: what the chapters of a checkup report need, as documents people edit."""

from cim_bridge.lazy import lazy_names

__all__ = ["Chapter", "Facts", "Figure", "Report", "Table", "make_report", "write_report"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Chapter": "content",
        "Facts": "facts",
        "Figure": "content",
        "Report": "content",
        "Table": "content",
        "make_report": "chapters",
        "write_report": "pack",
    },
)
