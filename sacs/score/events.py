"""What a story says, in the system's words: records become events, persons become holders.

Belongs here: that translation. Does not belong here: what an event does.
"""

from typing import Any, Final

import msgspec

from contract import events
from contract.events import AnyEvent, decode_event, encode_event
from contract.ids import HolderId, PassId
from simulators.scenes.story import Record

_KINDS: Final[dict[str, Any]] = {
    str(kind.__struct_config__.tag): kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__struct_config__.tag
}
_PLAIN: Final = frozenset({"granted", "taken", "not-taken"})


def holder_of(person: int) -> HolderId:
    """Return the holder that a person of a story is."""
    return HolderId(f"h{person:05}")


def event_of(record: Record) -> AnyEvent:
    """Return the event that a gate or controller would have sealed for `record`."""
    said = dict(record.said)
    if "person" in said:
        person = said.pop("person")
        said["holder"] = "" if person is None else holder_of(int(str(person)))
    if record.what == "granted":
        holder = str(said["holder"])
        said |= {"pass_id": PassId(holder), "credential": holder}
    event: AnyEvent = _KINDS[record.what](occurred_ns=record.stamped_ns, **said)
    # Passages are many and plain; an officer's words become what they mean on their way over the wire.
    return event if record.what in _PLAIN else decode_event(encode_event(event))
