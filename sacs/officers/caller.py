"""One officer at the HTTP API: signs in with his password, keeps the session's cookie, signs in again when it ended.

Belongs here: that session. Does not belong here: which resources there are.
"""

import http.client
import urllib.error
import urllib.request
from http.cookies import SimpleCookie
from typing import Final

import msgspec

from controller.api.access import COOKIE

_LIMIT_S: Final = 30
_UNAUTHORIZED: Final = 401


class RefusedCallError(OSError):
    """The controller refused a call; the message is its own."""


class Caller:
    """Calls the API at `address`, which a controller printed, as one officer."""

    def __init__(self, address: str, sign_in_name: str, password: str) -> None:
        self.address = address
        self.sign_in_name: Final = sign_in_name
        self.password: Final = password
        self._cookie = ""

    def call(self, method: str, resource: str, body: object = None) -> bytes:
        """Return what the API answers. Raises RefusedCallError, and OSError while nobody answers."""
        try:
            return self._call(method, resource, body)
        except urllib.error.HTTPError as error:
            with error:
                if error.code != _UNAUTHORIZED:
                    raise _told(error) from error
        self.sign_in()
        try:
            return self._call(method, resource, body)
        except urllib.error.HTTPError as error:
            with error:
                raise _told(error) from error

    def sign_in(self) -> None:
        """Sign in with the password. Raises as `call`."""
        self.enter("api/session", {"sign_in_name": self.sign_in_name, "password": self.password})

    def enter(self, resource: str, body: object) -> None:
        """Come in by a resource that answers with a session. Raises as `call`."""
        try:
            self._call("POST", resource, body)
        except urllib.error.HTTPError as error:
            with error:
                raise _told(error) from error

    def _call(self, method: str, resource: str, body: object) -> bytes:
        data = None if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json", "Cookie": f"{COOKIE}={self._cookie}"}
        request = urllib.request.Request(self.address + resource, data, headers, method=method)  # noqa: S310  http, ours
        try:
            with urllib.request.urlopen(request, timeout=_LIMIT_S) as answer:  # noqa: S310
                for header in answer.headers.get_all("set-cookie", []):
                    if COOKIE in (cookies := SimpleCookie(header)):
                        self._cookie = cookies[COOKIE].value
                content: bytes = answer.read()
                return content
        except http.client.HTTPException as error:  # it died in the middle of its answer
            raise ConnectionError(f"the controller did not finish its answer: {error}") from error


class _Refusal(msgspec.Struct):
    detail: object


def _told(error: urllib.error.HTTPError) -> RefusedCallError:
    try:
        words = msgspec.json.decode(error.read(), type=_Refusal).detail
    except (msgspec.DecodeError, OSError):
        words = error.reason
    return RefusedCallError(f"the controller refused: {words} ({error.code})")
