"""Acts: every name, what each takes, and what is said of one that can not be."""

import pytest

from simulators.bench.acts import (
    ACTS,
    BadActError,
    Expect,
    Faults,
    Jam,
    Pin,
    act_of_words,
    as_data,
    parse_act,
    signature,
)
from simulators.bench.words import ACTS as WORDS

PROMISED = """
present hold pull pin walk force hold-door shut jam rex cut-wire mend-wire tamper power-off power-on unplug plug-in
line-faults change-key misbehave fire network-down network-up kill-pcscd
start-pcscd save-state load-state wait expect
"""


def test_the_promised_names_are_there_and_have_words() -> None:
    assert set(PROMISED.split()) <= set(ACTS)
    assert set(WORDS) == set(ACTS)


def test_words_of_a_command_become_an_act() -> None:
    assert act_of_words("jam", {"portal": "door", "jammed": "no"}) == Jam("door", jammed=False)
    assert act_of_words("line-faults", {"line": "bus", "noise": "0.25"}) == Faults("bus", noise=0.25)
    assert act_of_words("pin", {"reader": "r", "keys": "2580#"}) == Pin("r", "2580#")


def test_an_act_says_its_name_first_and_leaves_defaults_out() -> None:
    assert list(as_data(Jam("door")).items()) == [("act", "jam"), ("portal", "door")]
    assert parse_act(as_data(Faults("bus", split=True))) == Faults("bus", split=True)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"act": "fly"}, "no act 'fly'; there are: present, hold"),
        ([], "no act None"),
        ({"act": "present", "reader": "r"}, "it takes reader, card, for_s=1.5"),
        ({"act": "present", "reader": "r", "card": "c", "hand": "left"}, "unknown field `hand`"),
        ({"act": "pin", "reader": "r", "keys": "12a"}, "keys"),
        ({"act": "line-faults", "line": "bus", "loss": 2}, "loss"),
        ({"act": "wait", "seconds": -1}, "seconds"),
        ({"act": "expect"}, "exactly one of decision, event"),
        ({"act": "expect", "decision": "granted", "alarm": "forced"}, "exactly one of"),
        ({"act": "expect", "reason": "wrong-pin", "alarm": "forced"}, "a reason belongs to"),
        ({"act": "expect", "shows": "open"}, "either a portal or a reader"),
        (
            {"act": "expect", "decision": "grated", "never": True},
            "no decision 'grated'; there are: counted, denied, granted",
        ),
        ({"act": "expect", "decision": "denied", "reason": "lost"}, "no reason 'lost'; there are: anti-passback"),
        ({"act": "expect", "event": "lost", "reason": "wrong-pin"}, "no reason 'wrong-pin'"),
        ({"act": "expect", "event": "lots"}, "no event 'lots'"),
        ({"act": "expect", "received": "take", "never": True}, "no received 'take'"),
        ({"act": "expect", "alarm": "nonsense", "never": True}, "no alarm 'nonsense'"),
        ({"act": "expect", "shows": "green", "portal": "door"}, "no shows 'green'; there are: locked, open"),
        ({"act": "expect", "shows": "ajar", "reader": "entry"}, "no shows 'ajar'; there are: amber"),
    ],
)
def test_what_can_not_be_is_refused_in_words(data: object, said: str) -> None:
    with pytest.raises(BadActError, match=said):
        parse_act(data)


def test_a_command_with_a_wrong_word_is_told_what_the_act_takes() -> None:
    with pytest.raises(BadActError, match="it takes reader, card"):
        act_of_words("hold", {"reader": "r", "crd": "x"})
    with pytest.raises(BadActError, match="no act 'fly'"):
        act_of_words("fly", {})
    assert signature("network-up") == "nothing"


def test_an_expectation_has_one_subject() -> None:
    assert parse_act({"act": "expect", "event": "lost", "reader": "r"}) == Expect(event="lost", reader="r")
