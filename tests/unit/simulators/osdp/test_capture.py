import json

import pytest

from simulators.osdp.capture import CaptureError, Record, line_of, record_of

LINE = (
    '{ "timeSec" : "1580342115", "timeNano" : "084691851", "io" : "trace", "data" : " ff ff 53 80 08 00 01 4b 01 d8", '
    '"osdpTraceVersion":"1", "osdpSource":"libosdp-conformance 0.91-5" }'
)


def test_a_line_of_the_format_s_own_example_is_read() -> None:
    record = record_of(LINE)
    assert record == Record(1_580_342_115_084_691_851, "trace", bytes.fromhex("ffff5380080001 4b01d8".replace(" ", "")))
    assert record_of(line_of(record, "sacs")) == record
    assert set(json.loads(line_of(record, "sacs"))) == set(json.loads(LINE))


def test_what_is_missing_is_taken_as_unknown() -> None:
    assert record_of('{"data": "53"}') == Record(0, "trace", b"\x53")
    assert record_of('{"data": "53-00:08", "more": []}') == Record(0, "trace", b"\x53\x00\x08")
    assert record_of('{"data": "", "timeSec": 5, "timeNano": 7, "io": "input"}') == Record(5_000_000_007, "input", b"")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "not a JSON object"),
        ("{}", "there is no data"),
        ('{"data": 53}', "there is no data"),
        ('{"data": "5"}', "not hexadecimal"),
        ('{"data": "zz"}', "not hexadecimal"),
        ('{"data": "", "io": 1}', "io is not a text"),
        ('{"data": "", "timeSec": "soon"}', "whole numbers"),
        ('{"data": "", "timeSec": 1e400}', "whole numbers"),
        ('{"data": "", "timeNano": []}', "whole numbers"),
        ('{"data": "' + "00" * 65_537 + '"}', "more than 65536 bytes"),
    ],
)
def test_what_is_no_record_is_refused_with_its_reason(line: str, words: str) -> None:
    with pytest.raises(CaptureError, match=words):
        record_of(line)
