"""A controller that says nothing for a day is told to those that can be heard."""

from contract.ids import ControllerId
from edge.domain.silence import Silence

HOUR_NS = 3600 * 10**9
MAIN, SECOND = ControllerId("main"), ControllerId("second")


def test_a_day_without_a_word_is_silence_and_a_word_ends_it() -> None:
    silence = Silence()
    assert silence.silent({MAIN: 0, SECOND: 5}, 0) == 0
    assert silence.silent({MAIN: 1, SECOND: 5}, 12 * HOUR_NS) == 0
    assert silence.silent({MAIN: 2, SECOND: 5}, 24 * HOUR_NS - 1) == 0
    assert silence.silent({MAIN: 3, SECOND: 5}, 24 * HOUR_NS) == 1
    assert silence.silent({MAIN: 3, SECOND: 6}, 48 * HOUR_NS) == 1, "main, by now"
    assert silence.silent({SECOND: 6}, 60 * HOUR_NS) == 0, "main was taken out of service"
