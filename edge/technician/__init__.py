"""What a gate tells the technician who stands before it: lines on a local socket, of which nothing is kept."""

from edge.technician.lines import (
    BadLineError,
    ControllersLine,
    CrossingLine,
    Decision,
    DeviceLine,
    Line,
    Missed,
    OrderLine,
    Outcome,
    PortalLine,
    PortalState,
    RefusedRead,
    SignalLine,
    SignalState,
    decode_line,
    encode_line,
)
from edge.technician.socket import SOCKET, Technicians

__all__ = [
    "SOCKET",
    "BadLineError",
    "ControllersLine",
    "CrossingLine",
    "Decision",
    "DeviceLine",
    "Line",
    "Missed",
    "OrderLine",
    "Outcome",
    "PortalLine",
    "PortalState",
    "RefusedRead",
    "SignalLine",
    "SignalState",
    "Technicians",
    "decode_line",
    "encode_line",
]
