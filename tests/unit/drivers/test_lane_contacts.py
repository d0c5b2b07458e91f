"""What loops and beams of a lane say, and how a cut wire under the boom reads."""

import msgspec

from contract.ids import AccessPointId, LaneId, PortalId
from contract.site import ClearanceLevel, LaneConfig, PortalConfig
from drivers.contacts import Contacts
from drivers.ports import DoorPositionChanged, LaneInput, LaneInputChanged

MS = 1_000_000
IN = LaneId("lane-in")
LANE = LaneConfig(IN, AccessPointId("in"), PortalId("boom"), "io", presence_input=2, clearance_input=3)
BOOM = PortalConfig(PortalId("boom"), "io", [AccessPointId("in")], dps_input=0, rex_input=-1)


def test_a_vehicle_is_told_where_it_is_seen() -> None:
    contacts = Contacts([BOOM, LANE])
    assert contacts.inputs == 4
    contacts.take([False] * 4, 0)
    at_rest = contacts.advance(50 * MS)
    assert at_rest == [
        DoorPositionChanged(PortalId("boom"), open=False),
        LaneInputChanged(IN, LaneInput.PRESENCE, active=False),
        LaneInputChanged(IN, LaneInput.CLEARANCE, active=False),
    ]
    contacts.take([False, False, True, False], 100 * MS)
    assert contacts.advance(149 * MS) == []
    assert contacts.advance(150 * MS) == [LaneInputChanged(IN, LaneInput.PRESENCE, active=True)]


def test_a_cut_wire_under_the_boom_reads_as_a_vehicle_where_it_is_wired_so() -> None:
    contacts = Contacts([msgspec.structs.replace(LANE, clearance_closes_when=ClearanceLevel.CLEAR)])
    contacts.take([False, False, False, True], 0)
    assert LaneInputChanged(IN, LaneInput.CLEARANCE, active=False) in contacts.advance(50 * MS)
    contacts.take([False] * 4, 100 * MS)
    assert contacts.advance(150 * MS) == [LaneInputChanged(IN, LaneInput.CLEARANCE, active=True)]


def test_after_a_loss_each_state_is_told_anew() -> None:
    contacts = Contacts([LANE])
    contacts.take([False, False, True, True], 0)
    first = contacts.advance(50 * MS)
    contacts.lost()
    contacts.take([False, False, True, True], 1000 * MS)
    assert contacts.advance(1050 * MS) == first
