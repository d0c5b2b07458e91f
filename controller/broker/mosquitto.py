"""mosquitto's configuration and access rules. Pure text in, text out.

Belongs here: mosquitto syntax and why each line stands there. Does not belong here: who may do what (rules.py).

Source: mosquitto.conf(5) of version 2.0, and the tests in tests/integration/broker that try each forbidden act.
"""

from typing import Final

from controller.broker.rules import Rights
from controller.broker.settings import (
    IN_FLIGHT_LIMIT,
    PAYLOAD_LIMIT_BYTES,
    BrokerSettings,
    Configuration,
)

_MAIN: Final = "mosquitto.conf"
_RULES: Final = "mosquitto.acl"
_HEADER_BYTES: Final = 4096
"""Room for topic and header in a packet beside the longest payload."""
_QUEUE_LIMIT_BYTES: Final = 64 << 20
"""Most that is kept for one slow or absent client, in memory. What does not fit is not lost: gates resend."""


def render(settings: BrokerSettings) -> Configuration:
    """Return mosquitto's configuration and access rules.

    `user root` only counts where the program runs as root: mosquitto would else become an account that can not read
    its own key.

    The store is written every second, whole: mosquitto knows no smaller step. What a kill loses of that second, gates
    resend and controllers publish again.
    """
    files = settings.files
    text = f"""\
# Written by the program; edits are lost.
user root
per_listener_settings false
allow_anonymous false
acl_file {settings.folder / _RULES}

persistence true
persistence_location {settings.store}/
autosave_interval 1
autosave_on_changes false
max_inflight_messages {IN_FLIGHT_LIMIT}
max_queued_messages 0
max_queued_bytes {_QUEUE_LIMIT_BYTES}
max_packet_size {PAYLOAD_LIMIT_BYTES + _HEADER_BYTES}
sys_interval 0
set_tcp_nodelay true

log_dest file {settings.log}
log_type error
log_type warning
log_type notice
connection_messages false
log_timestamp_format %Y-%m-%dT%H:%M:%S%z

listener {settings.port} {settings.host}
cafile {files.authority}
certfile {files.certificate}
keyfile {files.key}
tls_version tlsv1.3
require_certificate true
# The certificate's common name is user name and client id alike, whatever the client says: so no identity can take
# over another's session.
use_identity_as_username true
use_username_as_clientid true
"""
    rules = "# Written by the program; edits are lost. What stands here for nobody is forbidden.\n"
    return Configuration(_MAIN, {_MAIN: text, _RULES: rules + "".join(map(_rules, settings.rights))})


def _rules(rights: Rights) -> str:
    lines = [
        f"user {rights.identity}",
        *(f"topic write {topic}" for topic in rights.publish),
        *(f"topic read {topic}" for topic in rights.subscribe),
    ]
    return "\n" + "\n".join(lines) + "\n"
