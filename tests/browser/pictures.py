"""Live pictures of realistic moments, for tests: normal, silent gate, unknown, flood, learning, nothing yet."""

from datetime import UTC, datetime, timedelta

import msgspec

from controller.live import AlarmLine, BoardLine, Cause, GateLine, GateState, Headcount, KeyLine, Live, ReaderLine

NOW = datetime(2026, 11, 21, 14, 22, 5, tzinfo=UTC)
replace = msgspec.structs.replace


def iso(ago_s: float, now: datetime = NOW) -> str:
    return (now - timedelta(seconds=ago_s)).isoformat().replace("+00:00", "Z")


def count(area: str, name: str, figures: tuple[int, int, int], unnamed: int = 0, *causes: Cause) -> Headcount:
    lowest, best, highest = figures
    return Headcount(
        area=area,
        name=name,
        lowest=lowest,
        best=best,
        highest=highest,
        unnamed=unnamed,
        causes=list(causes),
        named=best - unnamed,
    )


def gate(
    name: str, title: str, ago_s: float = 1, state: GateState = GateState.ONLINE, *, camera: bool = True
) -> GateLine:
    return GateLine(
        gate=name,
        name=title,
        state=state,
        last_heard_at=iso(ago_s),
        policy_version=7,
        policy_wanted=7,
        clock_offset_ms=12,
        readers=[
            ReaderLine(reader=f"{name}-in", kind="osdp", online=True, secure=True),
            ReaderLine(reader=f"{name}-out", kind="serial", online=True, secure=None),
        ],
        cameras=int(camera),
        cameras_recording=int(camera),
        segments=31 if camera else 0,
    )


def keys(now: datetime = NOW) -> list[KeyLine]:
    """As in the demo: periods of a minute, kept for five; one dies in 31 s."""
    minute = now.replace(second=0)
    lines = []
    for back in range(9, -3, -1):
        start = minute - timedelta(minutes=back)
        dies = start + timedelta(minutes=4, seconds=36)
        alive = dies > now
        lines.append(
            KeyLine(
                kind="movement",
                starts_at=start.isoformat(),
                ends_at=(start + timedelta(minutes=1)).isoformat(),
                dies_at=dies.isoformat(),
                alive=alive,
                rows=38 + back * 3 if alive and back >= 0 else 0,
            )
        )
    day = now.replace(hour=0, minute=0, second=0)
    lines.append(
        KeyLine(
            kind="video",
            starts_at=day.isoformat(),
            ends_at=(day + timedelta(days=1)).isoformat(),
            dies_at=(day + timedelta(days=30)).isoformat(),
            alive=True,
            rows=62,
        )
    )
    return lines


def normal() -> Live:
    return Live(
        at=iso(0),
        site="Riverside Campus",
        time_zone="Europe/Zurich",
        learning=False,
        premises=count(
            "premises",
            "",
            (138, 142, 149),
            4,
            Cause("exits-missed", 4),
            Cause("unnamed-inside", 5),
            Cause("entries-missed", 2),
        ),
        areas=[
            count("tower", "Main tower", (81, 83, 86), 1, Cause("exits-missed", 2), Cause("unnamed-inside", 3)),
            count(
                "conference",
                "Conference building",
                (34, 36, 39),
                3,
                Cause("exits-missed", 2),
                Cause("unnamed-inside", 3),
            ),
            count("garage", "Garage", (12, 12, 12)),
            count("gardens", "Gardens and visitors' walk", (11, 11, 12), 0, Cause("entries-missed", 1)),
        ],
        gates=[
            replace(gate("north", "North gate"), boards=[BoardLine(board="relays", kind="modbus", online=True)]),
            gate("south", "South gate"),
            gate("vehicles", "Vehicle gate", camera=False),
        ],
        alarms=[
            AlarmLine(at=iso(95), kind="held", gate="south", place="south-door"),
            AlarmLine(at=iso(640), kind="denied", gate="north", place="north-entry", cause="pass-expired"),
            AlarmLine(at=iso(3900), kind="reader-back", gate="vehicles", place="vehicles-in"),
            AlarmLine(at=iso(3921), kind="reader-lost", gate="vehicles", place="vehicles-in"),
        ],
        keys=keys(),
        keys_destroyed=17,
        oldest_readable_s=214.0,
        limit_s=300,
        events_journaled=18343,
        events_stored=18342,
        events_duplicate=12,
        events_expired=0,
        events_late=1,
        broker_connected=True,
        received=[],
    )


def silent_gate() -> Live:
    live = normal()
    north, south, vehicles = live.gates
    south = replace(
        south,
        state=GateState.SILENT,
        last_heard_at=iso(1330),
        policy_version=6,
        clock_offset_ms=-2300,
        cameras_recording=0,
        readers=[replace(south.readers[0], secure=False), replace(south.readers[1], online=False)],
        boards=[BoardLine(board="inputs", kind="serial-relay", online=False)],
    )
    premises = count(
        "premises",
        "",
        (121, 142, 168),
        4,
        Cause("exits-missed", 4),
        Cause("unnamed-inside", 5),
    )
    alarms = [AlarmLine(at=iso(1310), kind="gate-silent", gate="south", place="south"), *live.alarms]
    catching_up = replace(vehicles, state=GateState.CATCHING_UP)
    return replace(live, premises=premises, gates=[north, south, catching_up], alarms=alarms)


def unknown() -> Live:
    live = normal()
    none = {"lowest": None, "best": None, "highest": None}
    return replace(
        live,
        premises=replace(live.premises, **none, causes=[Cause("unnamed-inside", 512)]),
        areas=[replace(live.areas[0], **none), *live.areas[1:]],
        broker_connected=False,
    )


def alarm_flood() -> Live:
    live = normal()
    forced = [AlarmLine(at=iso(3 + 2 * n), kind="forced", gate="north", place="north-door") for n in range(60)]
    places = ["north-entry", "north-exit"]
    others = [AlarmLine(at=iso(200 + 7 * n), kind="denied", gate="north", place=places[n % 2]) for n in range(40)]
    return replace(
        live,
        alarms=[*forced, *others],
        premises=count("premises", "", (1238, 1402, 12849), 1204, Cause("exits-missed", 1234)),
    )


def learning() -> Live:
    live = normal()
    none = {"lowest": None, "best": None, "highest": None}
    return replace(
        live,
        learning=True,
        premises=replace(live.premises, **none, unnamed=0, causes=[]),
        areas=[replace(area, **none, unnamed=0, causes=[]) for area in live.areas],
        gates=[replace(each, state=GateState.CATCHING_UP) for each in live.gates],
    )


def nothing_yet() -> Live:
    live = normal()
    return replace(
        live,
        premises=count("premises", "", (0, 0, 0)),
        areas=[replace(area, lowest=0, best=0, highest=0, unnamed=0, causes=[]) for area in live.areas],
        gates=[
            replace(each, state=GateState.NEVER_SEEN, last_heard_at=None, readers=[], cameras_recording=0, segments=0)
            for each in live.gates
        ],
        alarms=[],
        keys=[],
        keys_destroyed=0,
        oldest_readable_s=0.0,
        events_journaled=0,
        events_stored=0,
        events_duplicate=0,
        events_late=0,
    )


def overdue() -> Live:
    live = normal()
    late = replace(live.keys[3], alive=True, rows=41)
    return replace(live, keys=[*live.keys[:3], late, *live.keys[4:]], oldest_readable_s=341.0)


def hostile() -> Live:
    live = normal()
    bad = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
    return replace(
        live,
        site=bad,
        areas=[replace(live.areas[0], name=bad, causes=[Cause(bad, 1)])],
        gates=[replace(live.gates[0], name=bad, readers=[ReaderLine(reader=bad, kind=bad, online=True, secure=True)])],
        alarms=[AlarmLine(at=iso(1), kind=bad, gate=bad, place=bad + "2")],
    )
