"""Structured logs: JSON lines for machines, readable lines for a terminal; the libraries' lines too."""

import logging
import sys
import traceback

import structlog
from structlog.typing import ExcInfo, Processor


def _where(exc_info: ExcInfo) -> str:
    """Return a traceback without the words of its exceptions: they quote values, which may be of people.

    Where it happened and of what kind it is, of the whole chain, is what a developer needs.
    """
    chain: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None:
        chain = ["".join(traceback.format_tb(error.__traceback__)) + type(error).__name__, *chain]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\n".join(chain)


def configure_logs(log_format: str) -> None:
    """Send every log line, ours and the libraries', to standard error in one format."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_where),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
