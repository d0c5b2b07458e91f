"""Every code that a gate or an act can show has words; catalogues are held complete by the console's test of them."""

from contract.events import AnyEvent, DenialReason
from contract.site import Assurance, PortalKind
from controller.console import words as console
from drivers.ports import LossReason, ReadRefusal
from edge.technician import Line, Outcome, PortalState, SignalState
from simulators.bench import expectable, words
from simulators.bench.acts import Wire
from simulators.bench.box import box_of
from simulators.bench.journal import Source
from simulators.osdp.codes import Color
from simulators.osdp.state import Misbehaviour


def test_what_a_gate_tells_has_words() -> None:
    assert set(words.OUTCOMES) == set(Outcome)
    assert set(words.PORTAL_STATES) == set(PortalState)
    assert set(words.SIGNAL_STATES) == set(SignalState)
    assert set(words.ASSURANCES) == set(Assurance)
    assert set(words.DETAILS) == {*LossReason, "secure", "not-secure"}
    # ReadRefusal repeats losses where a driver can not read because of one.
    assert set(words.REFUSALS) | set(LossReason) >= set(ReadRefusal)
    assert set(console.DENIALS) == set(DenialReason)


def test_what_a_controller_receives_has_words() -> None:
    tags = {str(each.__struct_config__.tag) for each in AnyEvent.__args__}
    assert set(words.EVENTS) | set(console.ALARM_EVENTS) >= tags


def test_what_a_scene_may_expect_is_what_gate_and_controller_can_say() -> None:
    assert set(expectable.DENIALS) == set(DenialReason)
    assert set(expectable.ALARM_EVENTS) == set(console.ALARM_EVENTS)
    assert set(expectable.ALARM_FAULTS) == set(console.ALARM_FAULTS)
    kinds = {str(each.__struct_config__.tag) for each in Line.__args__}
    assert set(expectable.OF_EVENTS) >= kinds
    assert set(expectable.reasons("event")) >= {*ReadRefusal, *LossReason}


def test_what_stands_on_the_bench_has_words() -> None:
    assert set(words.SOURCES) == set(Source)
    assert set(words.PORTAL_KINDS) == set(PortalKind)
    assert set(words.CARDS) == {card.name for card in box_of("")}
    assert {color.name.lower() for color in Color} <= set(words.LIGHTS)


def test_names_that_are_shown_as_they_are_need_no_words() -> None:
    """Wires and misbehaviours are what acts take, in every language: nothing may need quoting there."""
    assert all(each.isascii() and " " not in each for each in (*Wire, *Misbehaviour))
