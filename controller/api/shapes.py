"""Answers that are msgspec structs: given as JSON, and described in the OpenAPI document, which FastAPI can not do.

Belongs here: that way, one for all routes. Does not belong here: any shape.
"""

from typing import Any, Final

import msgspec
from fastapi import FastAPI, Response

_JSON: Final = "application/json"
_TEMPLATE: Final = "#/components/schemas/{name}"


def described(shape: type[msgspec.Struct]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that answers with this shape."""
    return {200: {"content": {_JSON: {"schema": {"$ref": _TEMPLATE.format(name=shape.__name__)}}}}}


def given(shown: msgspec.Struct) -> Response:
    """Return the answer."""
    return Response(msgspec.json.encode(shown), media_type=_JSON)


def describe(app: FastAPI, *shapes: type[msgspec.Struct]) -> None:
    """Add the schemas of shapes to the OpenAPI document. Call it when all routes stand."""
    _, components = msgspec.json.schema_components(shapes, ref_template=_TEMPLATE)
    app.openapi().setdefault("components", {}).setdefault("schemas", {}).update(components)
