"""`sacs card`."""

import datetime as dt
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

if TYPE_CHECKING:
    from drivers.pcsc.judge import CardJudge
    from drivers.pcsc.service import Service, Sight
    from drivers.pcsc.verdict import Verdict

_LOOK_MS: Final = 200
_KINDS: Final = {
    "piv": "a PIV card",
    "desfire": "a DESFire card",
    "uid": "a card of which only the serial number is known",
    "unknown": "a card of unknown kind",
}


def card(
    roots: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the root certificates that are trusted.")],
    reader: Annotated[
        str, typer.Option(metavar="NAME", help="The reader's PC/SC name or its beginning; needed if there are several.")
    ] = "",
    intermediates: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the authorities between roots and cards.")
    ] = None,
    crl: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A revocation list. Repeat it for each authority.")
    ] = None,
    at: Annotated[str, typer.Option(metavar="TIME", help="Judge as of this time (ISO 8601; UTC), not as of now.")] = "",
    devices: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A gate's device file: its DESFire keys are tried.")
    ] = None,
    wait: Annotated[float, typer.Option(metavar="SECONDS", help="How long to wait for a card.", min=0)] = 10.0,
    *,
    json: Annotated[bool, typer.Option("--json", help="The result as one JSON object.")] = False,
) -> None:
    """Say what card is in the reader, how it was identified and authenticated, or the one reason why not.

    Certificates and lists may be PEM or DER. Without --crl revocation is not checked, and the result says so.

    Exit code 0: authenticated. 1: not, for the reason that is given. 2: nothing could be judged: no PC/SC service, no
    such reader, no card within the time, or files that can not be used.
    """
    told = _Told(as_json=json)
    try:
        from drivers.pcsc.service import ReaderGoneError, Service, ServiceError
    except ImportError:
        told.end("no_service", "smart cards need what `make pcsc` adds: run it in the clone of this program")
    judge = _judge(told, roots, intermediates, crl or [], at, devices)
    try:
        with Service() as service:
            name, seen = _await_card(told, service, reader, wait)
            verdict = _judged(service, name, seen, judge)
    except ServiceError as error:
        told.end("no_service", f"the PC/SC service does not answer ({error}): is pcscd running?")
    except ReaderGoneError:
        told.end("no_reader", "the reader went away: plug it in again")
    told.verdict(name, seen, verdict)


class _Told:
    """Says the result, once, in words or as JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def end(self, reason: str, words: str) -> NoReturn:
        """Nothing could be judged."""
        if self._as_json:
            self._print({"authenticated": False, "reason": reason, "identifier": None, "words": words})
        else:
            typer.secho(f"sacs: {words}", err=True, fg="red")
        raise typer.Exit(2)

    def verdict(self, reader: str, seen: "Sight", verdict: "Verdict") -> NoReturn:
        """Say what was found."""
        identifier = verdict.credential.text if verdict.credential is not None else None
        is_authenticated = verdict.is_authenticated
        reason = None if is_authenticated else (verdict.refusal or "uid_only")
        if self._as_json:
            self._print(
                {
                    "authenticated": is_authenticated,
                    "reason": reason,
                    "identifier": identifier,
                    "kind": verdict.kind,
                    "reader": reader,
                    "atr": seen.atr.hex(),
                    "words": verdict.words,
                    "steps": verdict.steps,
                }
            )
        else:
            typer.echo(f"Reader:         {reader}")
            typer.echo(f"Card:           {_KINDS[verdict.kind]}, answer to reset {seen.atr.hex() or 'none'}")
            for step in verdict.steps:
                typer.echo(f"Found:          {step}")
            if identifier is not None:
                typer.echo(f"Identifier:     {identifier}")
            typer.echo(f"Authenticated:  {'yes' if is_authenticated else f'no, {reason}'}")
            if verdict.words:
                typer.echo(f"Because:        {verdict.words}")
        raise typer.Exit(0 if is_authenticated else 1)

    @staticmethod
    def _print(result: dict[str, Any]) -> None:
        import msgspec

        typer.echo(msgspec.json.encode(result))


def _judge(
    told: _Told, roots: Path, intermediates: Path | None, crls: list[Path], at: str, devices: Path | None
) -> "CardJudge":
    from contract.site import GateDevices, SiteFileError, parse_devices
    from drivers.pcsc.judge import CardJudge
    from drivers.pcsc.trust_folder import TrustFileError, read_trust

    try:
        when = dt.datetime.fromisoformat(at) if at else dt.datetime.now(dt.UTC)
    except ValueError:
        told.end("bad_option", f"--at {at!r} is no time: write it as 2026-11-21T12:00:00Z")
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    try:
        trust = read_trust(roots, intermediates, crls)
        keys = parse_devices(devices.read_text(encoding="utf-8")) if devices is not None else GateDevices()
        # A bare serial number is shown to the technician, and the exit code still says that it authenticates nobody.
        return CardJudge(lambda: when, lambda: trust, keys.desfire_keys, plain_uid=True)
    except (TrustFileError, SiteFileError, OSError, ValueError) as error:
        told.end("bad_option", str(error))


def _await_card(told: _Told, service: "Service", wanted: str, wait_s: float) -> tuple[str, "Sight"]:
    """Return the one reader that has a card, and what is seen there; end the command if none has."""
    from drivers.pcsc.service import matching

    until_s = time.monotonic() + wait_s
    is_said = False
    while True:
        names = service.readers()
        found = matching(names, wanted)
        if found:
            present = [(name, seen) for name in found if (seen := service.look(name)) is not None and seen.is_present]
            if len(present) == 1:
                return present[0]
            if present:
                told.end("no_reader", f"several readers have a card: say --reader with one of {', '.join(found)}")
        if time.monotonic() >= until_s:
            if not found:
                known = f"there are: {', '.join(names)}" if names else "there is none"
                told.end("no_reader", f"no reader {wanted!r} is known to the PC/SC service; {known}")
            told.end("no_card", f"no card within {wait_s:g} s at {', '.join(found)}")
        if not is_said:
            is_said = True
            where = " or ".join(found) or "a reader"
            typer.echo(f"Waiting up to {wait_s:g} s for a card at {where} ...", file=sys.stderr)
        time.sleep(_LOOK_MS / 1000)


def _judged(service: "Service", name: str, seen: "Sight", judge: "CardJudge") -> "Verdict":
    from drivers.pcsc.presented import judge_presented

    verdict, _seen = judge_presented(service, name, seen, judge, time.sleep)
    return verdict
