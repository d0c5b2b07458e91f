"""What the demo does as a person would.

Registers people through the controller's HTTP API and looks at the live picture.
"""

import http.client
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from controller.live import Live

_LIMIT_S: Final = 30
_FOREVER_S: Final = 2**32 - 1
_MAY_BE_LEFT_OUT: Final = ("pin", "duress_pin", "extended_time")


class _Person(msgspec.Struct):
    """One entry of the world's people.json."""

    name: str
    category: str
    pass_number: str
    credentials: list[str]
    access_points: list[str]
    valid_from: datetime
    valid_until: datetime
    blocked: bool
    pin: str | None = None
    duress_pin: str | None = None
    extended_time: bool | None = None


class ConsoleClient:
    """Talks to the address that the controller printed."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address
        self._token = token

    def live(self) -> Live:
        """Return the live picture. Raises OSError while the controller does not answer."""
        try:
            with urllib.request.urlopen(self._address + "api/live", timeout=_LIMIT_S) as answer:  # noqa: S310  http, ours
                return msgspec.json.decode(answer.read(), type=Live)
        except http.client.HTTPException as error:  # it died in the middle of its answer
            raise ConnectionError(f"the controller did not finish its answer: {error}") from error

    def register(self, people: Path) -> int:
        """Register everybody in the world's people.json; return how many."""
        persons = msgspec.json.decode(people.read_bytes(), type=list[_Person])
        levels: dict[frozenset[str], str] = {}
        for person in persons:
            levels.setdefault(frozenset(person.access_points), f"level-{len(levels) + 1}")
        for points, level in levels.items():
            body = {"access_points": sorted(points), "windows": []}
            self._send("PUT", f"api/access-levels/{level}", body)
        holders = [
            {
                "name": person.name,
                "category": person.category,
                "passes": [
                    {
                        "number": person.pass_number,
                        "credentials": person.credentials,
                        "access_level": levels[frozenset(person.access_points)],
                        "valid_from_s": int(person.valid_from.timestamp()),
                        "valid_until_s": min(_FOREVER_S, int(person.valid_until.timestamp())),
                        "blocked": person.blocked,
                        **{name: value for name in _MAY_BE_LEFT_OUT if (value := getattr(person, name)) is not None},
                    }
                ],
            }
            for person in persons
        ]
        self._send("POST", "api/holders", holders)
        return len(holders)

    def _send(self, method: str, resource: str, body: object) -> None:
        request = urllib.request.Request(  # noqa: S310  http, ours
            self._address + resource,
            msgspec.json.encode(body),
            {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=_LIMIT_S) as answer:  # noqa: S310
            answer.read()
