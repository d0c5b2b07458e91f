"""Talks to a running bench, as its page does.

Belongs here: requests. Does not belong here: what is printed of the answers (scenes.py, command.py).
"""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Final

import msgspec

from sacs.bench.folders import Address
from simulators.bench.acts import AnyAct, as_data
from simulators.bench.player import Progress, Verdict

_LIMIT_S: Final = 150
"""A reset waits for every device, and steps of a scene for what they expect."""


class Refused(Exception):  # noqa: N818  the bench refused; that is no fault of this program
    """The bench refused, or does not answer; the message says why."""


class BenchClient:
    """One running bench."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def act(self, act: AnyAct) -> None:
        """Do one act. Raises Refused."""
        for _ in self._lines("api/acts", as_data(act)):
            pass

    def play(self, name: str, text: str) -> Iterator[Progress | Verdict]:
        """Play a scene; yield each step, and the verdict last. Raises Refused."""
        for line in self._lines("api/play", {"name": name, "text": text}):
            is_verdict = "passed" in json.loads(line)
            yield msgspec.json.decode(line, type=Verdict) if is_verdict else msgspec.json.decode(line, type=Progress)

    def capture(self, line: str | None) -> Iterator[bytes]:
        """Return the frames of an OSDP line as lines of a capture; None: of the only such line. Raises Refused."""
        return self._lines(f"api/capture{_query(line)}")

    def journal(self, line: str | None) -> Iterator[bytes]:
        """Return everything in words as JSON lines, or what went over one line alone. Raises Refused."""
        return self._lines(f"api/journal{_query(line)}")

    def _lines(self, resource: str, body: object = None) -> Iterator[bytes]:
        """Send `body`, or ask where there is none; yield the answer's lines."""
        headers = {"Authorization": f"Bearer {self._address.token}"}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = msgspec.json.encode(body)
        request = urllib.request.Request(self._address.address + resource, data, headers)  # noqa: S310  http, ours
        try:
            with urllib.request.urlopen(request, timeout=_LIMIT_S) as answer:  # noqa: S310
                yield from answer
        except urllib.error.HTTPError as error:
            raise Refused(_detail(error)) from error
        except (OSError, http.client.HTTPException) as error:
            raise Refused(f"the bench at {self._address.address} does not answer: {error}") from error


def _query(line: str | None) -> str:
    return "" if line is None else f"?line={urllib.parse.quote(line, safe='')}"


def _detail(error: urllib.error.HTTPError) -> str:
    text = error.read().decode(errors="replace").strip()
    try:
        return str(json.loads(text)["detail"])
    except (ValueError, KeyError, TypeError):
        return text or f"the bench answers {error.code}"
