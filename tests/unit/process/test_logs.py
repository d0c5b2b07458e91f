"""A log tells what failed and where, and never the value of a local variable."""

import subprocess
import sys

import pytest

PROGRAM = """
import structlog
from process.logs import log_to_stderr
log_to_stderr(as_json={as_json})
def open_door(credential):
    raise ValueError("no such thing")
try:
    open_door("h10301:13:" + str(77 * 61))
except ValueError:
    structlog.get_logger().exception("could not")
"""


@pytest.mark.parametrize("as_json", [False, True])
def test_a_traceback_has_no_locals(as_json: bool) -> None:
    program = PROGRAM.format(as_json=as_json)
    result = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert result.stdout == ""
    assert "no such thing" in result.stderr
    assert "open_door" in result.stderr
    assert "4697" not in result.stderr


def test_lines_go_where_standard_error_is_when_they_are_written() -> None:
    program = """
import io, sys, structlog
from process.logs import log_to_stderr
kept, sys.stderr = sys.stderr, io.StringIO()
log_to_stderr(as_json=True)
log = structlog.get_logger()
log.info("before")
sys.stderr.close()
sys.stderr = kept
log.info("after")
"""
    result = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert "after" in result.stderr
