"""Officers' acts in any order, repeated at any time: each is one act, and none opens what may not be opened.

The account kept here is plain: which acts were new, and whether a lockdown held.
"""

import asyncio
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from contract.clock import ManualClock
from contract.events import Admitted, AdmittedBecause, UnnamedPassed
from contract.ids import AccessPointId, AccountId, ControllerId, EdgeId, HolderId, PortalId
from contract.messages import DoorOrder
from edge.domain.acting import RECORDED, Act, Admit, CountUnnamed
from edge.gate_time import GateTime
from edge.journal import Journal
from tests.property.edge.test_presenting_properties import RememberingJournal
from tests.unit.edge.parts import NOON_NS
from tests.unit.edge.scene import Person, PlayedGate
from tests.unit.edge.test_portals import HALL

ANN, STRANGER = Person(1), Person(9)
MIRA = AccountId("a" * 24)
POINTS = [AccessPointId("in"), AccessPointId("out")]
ids = st.integers(0, 5).map(lambda number: f"{number:024x}")
because = st.sampled_from(AdmittedBecause)
acts = st.one_of(
    st.builds(Admit, ids, st.sampled_from(POINTS), because, st.integers(0, 6)),
    st.builds(CountUnnamed, ids, st.sampled_from(POINTS), st.integers(1, 9)),
)
steps = st.one_of(
    acts,
    st.tuples(st.just("read"), st.sampled_from([(ANN, "in"), (STRANGER, "in"), (STRANGER, "out")])),
    st.tuples(st.just("lockdown"), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from([1.0, 46.0])),
)


@given(st.lists(steps, max_size=25))
def test_each_act_is_one_act_and_a_lockdown_holds(story: list[Act | tuple[str, object]]) -> None:
    asyncio.run(play(story))


async def play(story: list[Act | tuple[str, object]]) -> None:
    clock, journal = ManualClock(NOON_NS), RememberingJournal()
    gate = PlayedGate(HALL, (ANN,), clock, GateTime(clock), cast("Journal", journal))
    results: dict[str, object] = {}
    is_locked, issued = False, 0
    for step in story:
        if not isinstance(step, tuple):
            before = len(gate.strikes[PortalId("door")].unlocked)
            result = gate.gate._acts.take(MIRA, step)
            opened = len(gate.strikes[PortalId("door")].unlocked) - before
            assert result == results.setdefault(step.id, result)
            assert opened == 0 or (isinstance(step, Admit) and result in RECORDED)
            assert not (opened and is_locked and isinstance(step, Admit) and step.point == "in")
            continue
        kind, value = step
        if kind == "read":
            person, reader = cast("tuple[Person, str]", value)
            gate.read(person, reader)
        elif kind == "wait":
            gate.after(cast("float", value))
        else:
            is_locked, issued, now_ns = bool(value), issued + 1, gate.clock.now_ns()
            until_ns = now_ns + 10**15
            gate.gate.order(
                DoorOrder(1, ControllerId("main"), EdgeId("north"), now_ns + issued, until_ns, False, is_locked)
            )
    made = [event for event in journal.events if isinstance(event, Admitted | UnnamedPassed)]
    assert len({event.act_id for event in made}) == len(made)
    assert {event.act_id for event in made} == {id_ for id_, result in results.items() if result in RECORDED}
    assert {event.holder for event in made if isinstance(event, Admitted)} <= {HolderId(""), ANN.holder}
