"""nats-server's configuration. Pure text in, text out.

Belongs here: NATS syntax and why each line stands there. Does not belong here: who may do what (rules.py).

MQTT in NATS: a topic is a subject (`/` becomes `.`, `+` `*`, `#` `>`), persistence is JetStream, and what a client
may do is what its NATS user may do. MQTT 3.1.1 only. Source: nats-server's own MQTT documentation, and the tests in
tests/integration/broker that try each forbidden act.
"""

import json
from typing import Final

from controller.broker.rules import Rights
from controller.broker.settings import (
    IN_FLIGHT_LIMIT,
    PAYLOAD_LIMIT_BYTES,
    STORE_LIMIT_BYTES,
    BrokerSettings,
    Configuration,
)

QOS1_DELIVERY: Final = "$MQTT.sub.*"
"""The one internal subject that is granted: a subscription of QoS 1 is handed its messages on `$MQTT.sub.<random id>`,
and servers of 2.11 and 2.12 check that against the subscriber's rights (2.15 does not). A client can not use the grant
itself: the server refuses each MQTT filter that begins with `$MQTT/sub/`."""
_LOG_LIMIT_BYTES: Final = 10_000_000
_MAIN: Final = "nats-server.conf"


def render(settings: BrokerSettings) -> Configuration:
    """Return nats-server's configuration: one MQTT listener with mutual TLS, and nothing else that a client can use."""
    files = settings.files
    users = ",\n".join(_user(rights, settings) for rights in settings.rights)
    text = f"""\
# Written by the program; edits are lost.
server_name: {_quote(f"sacs-{settings.site}")}

# nats-server has no switch that turns the listener of its own protocol off. It is bound to loopback on a random port,
# trusts no certificate but the broker's own, and no user is allowed to use it (allowed_connection_types below).
host: "127.0.0.1"
port: -1
tls {{
  cert_file: {_quote(files.certificate)}
  key_file: {_quote(files.key)}
  ca_file: {_quote(files.certificate)}
  verify: true
  handshake_first: true
  min_version: "1.3"
}}

max_payload: {PAYLOAD_LIMIT_BYTES}
debug: false
trace: false
logfile: {_quote(settings.log)}
logfile_size_limit: {_LOG_LIMIT_BYTES}
logfile_max_num: 3

jetstream {{
  store_dir: {_quote(settings.store)}
  max_memory_store: 0
  max_file_store: {STORE_LIMIT_BYTES}
}}

mqtt {{
  host: {_quote(settings.host)}
  port: {settings.port}
  max_ack_pending: {IN_FLIGHT_LIMIT}
  reject_qos2_publish: true
  tls {{
    cert_file: {_quote(files.certificate)}
    key_file: {_quote(files.key)}
    ca_file: {_quote(files.authority)}
    verify_and_map: true
    min_version: "1.3"
  }}
}}

accounts {{
  SACS {{
    jetstream: enabled
    users: [
{users}
    ]
  }}
}}
"""
    return Configuration(_MAIN, {_MAIN: text})


def subject_of(topic_filter: str) -> str:
    """Return the NATS subject of an MQTT topic filter whose levels hold none of ` .*>` (ids of ours never do)."""
    return topic_filter.replace("/", ".").replace("+", "*").replace("#", ">")


def _user(rights: Rights, settings: BrokerSettings) -> str:
    publish = [subject_of(topic) for topic in rights.publish]
    subscribe = [*(subject_of(topic) for topic in rights.subscribe), QOS1_DELIVERY]
    return f"""\
      {{
        user: {_quote(f"CN={rights.identity},O={settings.site}")}
        allowed_connection_types: ["MQTT"]
        permissions {{
          publish {{ allow: {json.dumps(publish)} }}
          subscribe {{ allow: {json.dumps(subscribe)} }}
        }}
      }}"""


def _quote(value: object) -> str:
    """Quote what holds neither quotes nor backslashes (BrokerSettings and contract.ids see to that)."""
    return f'"{value}"'
