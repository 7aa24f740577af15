"""The broker's own log: one JSON object a line, for whoever mends the broker. Secrets are replaced before writing.

It is no record of decisions: that is the audit log. A journal that has grown large is set aside when the broker starts.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog

LARGE = 5 << 20  # bytes: months of a healthy broker

Event = MutableMapping[str, Any]  # structlog's own type


class Others(logging.Handler):
    """What libraries log by the standard library goes the same way: uvicorn tells a crash with all its values."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger(record.name).log(record.levelno, record.getMessage(), exc_info=record.exc_info)


@contextmanager
def keep_journal(path: Path, redact: Callable[[str], str]) -> Iterator[None]:
    """Within this context, send all that is logged to `path` (0600), each text in it redacted."""
    if path.exists() and path.stat().st_size > LARGE:
        path.replace(path.with_name(path.name + ".1"))

    def redacted(_logger: object, _method: str, event: Event) -> Event:
        return {name: redact(value) if isinstance(value, str) else value for name, value in event.items()}

    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace", buffering=1) as file:
        structlog.configure(
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                redacted,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            logger_factory=structlog.WriteLoggerFactory(file=file),
        )
        others = Others(logging.WARNING)
        logging.getLogger().addHandler(others)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(others)
