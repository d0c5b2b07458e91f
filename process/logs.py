"""Logs of all programs: on standard error, without the values of local variables, which could be a person's data.

Belongs here: how a log line is made. Does not belong here: what is logged.
"""

import logging
import sys

import structlog


def log_to_stderr(least: int = logging.INFO, *, as_json: bool = False) -> None:
    """Send this process's log to standard error, so that standard output keeps what was asked for.

    `least`: the lowest level that is shown. `as_json`: one object a line, for machines. Tracebacks are Python's own
    plain ones: structlog's would show the locals of each frame where Rich is installed.
    """
    renderer: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *renderer,
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is then: it may be replaced meanwhile
        wrapper_class=structlog.make_filtering_bound_logger(least),
    )
