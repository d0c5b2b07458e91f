"""What a replay reports: the JSON object on the last line, and a few lines for people.

Belongs here: its shape. Only a replay may list rows of a log: it has no other site's data.
"""

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """How many are inside; all None where the system calls the figure unknown (rule 15)."""

    lowest: int | None
    best: int | None
    highest: int | None


class Peak(msgspec.Struct, frozen=True):
    """The highest best figure, and when it was reached first (ISO 8601, UTC); None if nobody ever came."""

    count: int
    time: str | None


class Violation(msgspec.Struct, frozen=True):
    """A row that contradicts those before it: `kind` says how (anomalies.py). `time` is ISO 8601, UTC."""

    time: str
    credential: str
    access_point: str
    kind: str


class Row(msgspec.Struct, frozen=True):
    """A row of the log. `area`: that the anomaly is about."""

    credential: str
    time: str
    access_point: str
    area: str


class Kind(msgspec.Struct, frozen=True):
    """All rows of one kind of anomaly."""

    count: int
    rows: list[Row]


class ReplacedUse(msgspec.Struct, frozen=True):
    """A credential was used after the one that replaced it."""

    credential: str
    time: str
    access_point: str


class NeverBadgedOut(msgspec.Struct, frozen=True):
    """An area ("" for the premises) that was entered so often since then, and never left by a read."""

    area: str
    since: str
    entries: int


class LeftOut(msgspec.Struct, frozen=True):
    """A row of the file that could not be used, and why."""

    line: int
    why: str


class Miss(msgspec.Struct, frozen=True):
    """A moment at which the truth of the log lay outside the bounds; `area` is "" for the whole premises."""

    time: str
    area: str
    truth: int
    present: Figure


class Carved(msgspec.Struct, frozen=True):
    """What was found in the bytes of the whole system at some moments of the replay, all of them together.

    `plants_found`: credentials of the log, in any form. `rows_readable`: stored rows that decode without a key.
    `keys_opened`: wrapped content keys that the vault opened, and `keys_opened_past_limit`, which must be none.
    """

    moments: int
    scanned_bytes: int
    plants_found: int
    rows_readable: int
    keys_opened: int
    keys_opened_past_limit: int


class Report(msgspec.Struct, frozen=True):
    """Everything a replay found.

    `present`, `truth_present`, `oldest_readable_s` and the figures by area are those of the last row, or of the last
    `--at` if that is later. `oldest_readable_s` is an upper bound: it counts from the start of a record's period.
    `overstays`: persons who became unnamed because they stayed longer than their last record may live. `bounds_missed`:
    moments at which a period began or a key died and the truth was outside the bounds. `carved`: None unless asked for.
    `anomalies`: what the rows contradict, by kind, each kind there; `anti_passback_violations`: the same in the order
    of time; `replaced_credential_uses`: those of kind replaced-in-use. `controller_alarms`: how many contradictions the
    controller raised an alarm for while it was fed the log, by kind. `bad_rows`: those left out of `rows`.
    """

    gates: int
    events_journaled: int
    events_stored: int
    events_duplicate: int
    present: Figure
    truth_present: int
    oldest_readable_s: float
    readable_without_key: int
    keys_destroyed: int
    video_segments: int
    present_by_area: dict[str, Figure]
    truth_present_by_area: dict[str, int]
    at: dict[str, dict[str, Figure]]
    max_present: Peak
    max_present_by_area: dict[str, Peak]
    anti_passback_violations: list[Violation]
    replaced_credential_uses: list[ReplacedUse]
    anomalies: dict[str, Kind]
    never_badged_out: list[NeverBadgedOut]
    controller_alarms: dict[str, int]
    bad_rows: list[LeftOut]
    overstays: int
    oldest_readable_s_max: float
    bounds_missed: list[Miss]
    rows: int
    seconds: float
    events_per_s: float
    carved: Carved | None = None


def words(report: Report) -> str:
    """Return the report in a few lines."""
    present, missed = report.present, len(report.bounds_missed)
    pace = f"{report.seconds:,.1f} s, {report.events_per_s:,.0f} a second"
    oldest = f"no record was readable for more than {report.oldest_readable_s_max:,.0f} s"
    lines = [
        f"{report.rows:,} rows played through {report.gates} gates in {pace}",
        f"{report.events_journaled:,} events journaled, {report.events_stored:,} stored",
        f"The log leaves {report.truth_present:,} inside; the count says {_figure(present)}",
        f"Most at once: {report.max_present.count:,} at {report.max_present.time or 'no time'}",
        f"{report.keys_destroyed:,} keys destroyed, {report.overstays:,} overstays; {oldest}",
        f"Truth outside the bounds: {missed:,} times",
        f"Anti-passback violations: {len(report.anti_passback_violations):,}",
    ]
    if report.bad_rows:
        lines.insert(1, f"{len(report.bad_rows):,} rows were left out, the first in line {report.bad_rows[0].line}")
    lines += [f"  {kind}: {found.count:,}" for kind, found in report.anomalies.items()]
    lines += [
        f"Nobody ever badges out of {each.area or 'the premises'}: {each.entries:,} entries since {each.since}"
        for each in report.never_badged_out
    ]
    if report.carved is not None:
        found = report.carved
        lines.append(
            f"Carved at {found.moments:,} moments, {found.scanned_bytes:,} bytes: {found.plants_found:,} of the log's "
            f"credentials, {found.rows_readable:,} readable rows, {found.keys_opened_past_limit:,} keys past the limit"
        )
    lines += [f"  {v.time}  {v.credential}  {v.access_point}  {v.kind}" for v in report.anti_passback_violations]
    return "\n".join(lines)


def _figure(figure: Figure) -> str:
    return "unknown" if figure.best is None else f"{figure.best:,} ({figure.lowest:,} to {figure.highest:,})"
