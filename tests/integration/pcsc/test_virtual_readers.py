"""Virtual readers under the real PC/SC service, seen through the client library that every program uses."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from smartcard import scard  # type: ignore[import-untyped]

from simulators.cards import CardRemovedError, UidCard
from simulators.pcsc import Heard, Moment, PcscUnavailableError, PrivatePcscd
from simulators.pcsc import service as service_module
from tests.integration.pcsc.client import PATIENCE_S, Client

GET_UID = bytes.fromhex("ffca000000")


class _Echo:
    """Answers with the command; leaves where it is told `00 FF 00 00`."""

    uid = b""

    def power_on(self) -> bytes:
        return bytes.fromhex("3b80800101")

    def transmit(self, command: bytes) -> bytes:
        if command[1] == 0xFF:
            raise CardRemovedError
        return command + b"\x90\x00"


def test_a_card_comes_answers_and_goes(pcscd: PrivatePcscd) -> None:
    heard: list[Heard] = []
    reader = pcscd.reader
    reader.tap = heard.append
    client = Client()
    assert set(pcscd.readers) <= client.readers()
    card = UidCard(bytes.fromhex("04112233445566"))
    reader.insert(card)
    assert client.wait(reader.name, scard.SCARD_STATE_PRESENT) == card.power_on()
    assert client.exchange(reader.name, [GET_UID]) == [card.uid + b"\x90\x00"]
    with pytest.raises(RuntimeError, match="lies on"):
        reader.insert(card)
    reader.pull()
    client.wait(reader.name, scard.SCARD_STATE_EMPTY)
    moments = [one.moment for one in heard]
    assert moments[0] is Moment.INSERTED
    assert moments[-1] is Moment.PULLED
    said = [one.data for one in heard if one.moment in {Moment.COMMAND, Moment.RESPONSE}]
    assert said == [GET_UID, card.uid + b"\x90\x00"]


def test_an_exchange_is_not_slowed_down_by_acknowledgements(pcscd: PrivatePcscd) -> None:
    client = Client()
    pcscd.reader.insert(_Echo())
    client.wait(pcscd.reader.name, scard.SCARD_STATE_PRESENT)
    commands = [bytes([0, 1, 0, 0, 200]) + bytes(200)] * 200
    began = time.monotonic()
    assert client.exchange(pcscd.reader.name, commands) == [command + b"\x90\x00" for command in commands]
    assert time.monotonic() - began < len(commands) * 0.020, "a delayed acknowledgement costs 40 ms a command"


def test_long_commands_and_answers_pass_unbroken(pcscd: PrivatePcscd) -> None:
    client = Client()
    pcscd.reader.insert(_Echo())
    client.wait(pcscd.reader.name, scard.SCARD_STATE_PRESENT)
    command = bytes.fromhex("00010000000fa0") + bytes(range(250)) * 16
    assert client.exchange(pcscd.reader.name, [command]) == [command + b"\x90\x00"]


def test_a_card_that_leaves_in_the_middle_fails_the_exchange_and_is_gone(pcscd: PrivatePcscd) -> None:
    client = Client()
    pcscd.reader.insert(_Echo())
    client.wait(pcscd.reader.name, scard.SCARD_STATE_PRESENT)
    with pytest.raises(ConnectionError):
        client.exchange(pcscd.reader.name, [bytes.fromhex("00ff0000")])
    client.wait(pcscd.reader.name, scard.SCARD_STATE_EMPTY)
    assert pcscd.reader.card is None


def test_two_readers_hold_two_cards_and_a_swap_is_seen(pcscd: PrivatePcscd) -> None:
    client = Client()
    first, second = pcscd.readers.values()
    first.insert(UidCard(b"\x01" * 4))
    second.insert(UidCard(b"\x02" * 7))
    for reader in (first, second):
        client.wait(reader.name, scard.SCARD_STATE_PRESENT)
    first.swap(UidCard(b"\x03" * 10))
    client.wait(first.name, scard.SCARD_STATE_EMPTY)
    client.wait(first.name, scard.SCARD_STATE_PRESENT)
    second.swap(UidCard(b"\x04" * 4), noticed=False)
    uids = [client.exchange(reader.name, [GET_UID])[0][:-2] for reader in (first, second)]
    assert uids == [b"\x03" * 10, b"\x04" * 4]


def test_killed_stopped_and_started_anew_with_the_card_where_it_was(pcscd: PrivatePcscd) -> None:
    reader = pcscd.reader
    reader.insert(UidCard(b"\x05" * 4))
    for end in (pcscd.kill, pcscd.stop):
        end()
        code, _ = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        assert code == scard.SCARD_E_NO_SERVICE
        pcscd.start()
        client = Client()
        client.wait(reader.name, scard.SCARD_STATE_PRESENT)
        assert client.exchange(reader.name, [GET_UID]) == [b"\x05" * 4 + b"\x90\x00"]


def test_a_reader_is_unplugged_and_plugged_in(pcscd: PrivatePcscd) -> None:
    first, second = pcscd.readers
    pcscd.unplug(first)
    assert Client().readers() & set(pcscd.readers) == {second}
    for wrong, match in (("another", "no reader"), (first, "not plugged in")):
        with pytest.raises(ValueError, match=match):
            pcscd.unplug(wrong)
    pcscd.plug_in(first)
    with pytest.raises(ValueError, match="already"):
        pcscd.plug_in(first)
    assert set(pcscd.readers) <= Client().readers()


def test_nobody_else_can_reach_its_readers(pcscd: PrivatePcscd) -> None:
    """The driver listens on all addresses of its network, which is its own."""
    listening = Path("/proc/net/tcp").read_text().split()
    assert not [word for word in listening if word.endswith(f":{35963:04X}")]
    assert pcscd.reader.card is None


def test_it_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from simulators.pcsc import PrivatePcscd;"
        f"service = PrivatePcscd(pathlib.Path({str(tmp_path / 'p')!r})); service.start();"
        "print(service.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        child.kill()
    deadline = time.monotonic() + PATIENCE_S
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline, "pcscd outlived its program"
        time.sleep(0.05)


def test_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="1 to 8"):
        PrivatePcscd(tmp_path, [])
    with pytest.raises(PcscUnavailableError, match="shorter"):
        PrivatePcscd(tmp_path / ("long" * 30))
    monkeypatch.setattr(service_module, "DRIVER", tmp_path / "absent.so")
    with pytest.raises(PcscUnavailableError, match="vsmartcard-vpcd"):
        PrivatePcscd(tmp_path)


@pytest.mark.parametrize(("program", "words"), [("_unshare", "namespaces"), ("_pcscd", "does not start")])
def test_it_says_why_it_does_not_start(tmp_path: Path, program: str, words: str) -> None:
    service = PrivatePcscd(tmp_path)
    setattr(service, program, "/bin/false")
    with pytest.raises(PcscUnavailableError, match=words):
        service.start()
    assert service.pid is None
    service.close()
