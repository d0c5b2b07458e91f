"""What the demo says at the terminal: progress, what to open and to watch for, figures while it runs, the summary.

Everything but the summary goes to standard error. Belongs here: words and lines. Does not belong here: what happens
(command.py, site.py).
"""

import shutil
import sys
import time
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from controller.live import Headcount, Live
    from sacs.demo.site import Folders, Present, RunningSite, Summary

_EVERY_S: Final = 10
"""Where no terminal redraws a line, a new line appears so often."""


class Screen:
    """Standard error of one run. `figures`: whether figures are shown while it runs."""

    def __init__(self, *, figures: bool) -> None:
        self._figures = figures
        self._is_terminal = sys.stderr.isatty()
        self._began_s = time.monotonic()
        self._open_line = False
        self._last_s = 0.0

    def say(self, text: str, *, strong: bool = False) -> None:
        """Show one line of progress."""
        self._close_line()
        typer.echo(typer.style(text, bold=True) if strong else text, err=True)

    def step(self, text: str) -> None:
        """Show that a step of the start begins."""
        self.say(f"  {time.monotonic() - self._began_s:4.0f} s  {text}")

    def welcome(self, running: "RunningSite", folders: "Folders") -> None:
        """Tell what to open and what to watch for; the clock of the figures begins here."""
        from sacs.officers.ceremony import INVESTIGATORS_PASSPHRASE

        keep_s = running.site.retention.movement_keep_s
        self.step(f"ready: {len(running.edges)} gates, and people begin to come and go")
        self.say(f"\n  Open   {running.ready.address}", strong=True)
        self.say(f"  Tablet {running.ready.secure_address}trust   (HTTPS; how a tablet comes to trust it)")
        self.say("  Sign in as one of these made-up officers:")
        for officer in running.officers:
            self.say(f"         {officer.caller.sign_in_name:14} {officer.caller.password}   {officer.role}")
        self.say(f"  Keys of the two investigators: {folders.investigators} (passphrase: {INVESTIGATORS_PASSPHRASE})")
        self.say(f"  Logs   {folders.logs}")
        self.say(f"  State  {folders.state}   (what the controller and the gates write)")
        self.say(f"  Vault  {folders.vault}   (the keys)")
        self.say(f"  Check  sacs verify-deletion --state {folders.state} --plants {folders.world}/plants.txt")
        self.say("  Another port: --port 8090, with make: make demo ARGS='--port 8090'")
        self.say(
            f"\n  Watch the count and its bounds. Records are kept for {_span(keep_s)}: about that long from"
            "\n  now the first keys die, and what they sealed is noise wherever a copy of it lies. The age"
            f"\n  of the oldest record that still opens stays below {keep_s} s."
            "\n  Ctrl-C stops everything.\n"
        )
        self._began_s = time.monotonic()

    def show(self, live: "Live | None") -> None:
        """Show the figures of this moment; None: the controller does not answer."""
        now_s = time.monotonic()
        if not self._figures or (not self._is_terminal and now_s - self._last_s < _EVERY_S):
            return
        self._last_s = now_s
        line = f"  {now_s - self._began_s:4.0f} s  {_figures(live)}"
        if self._is_terminal:
            sys.stderr.write("\r\x1b[2K" + line[: shutil.get_terminal_size().columns - 1])
            sys.stderr.flush()
            self._open_line = True
        else:
            self.say(line)

    def _close_line(self) -> None:
        if self._open_line:
            sys.stderr.write("\n")
            self._open_line = False


def words(summary: "Summary", limit_s: int) -> str:
    """Return the summary as a person reads it. `limit_s`: how long the site keeps movements."""
    unread = summary.readable_without_key
    noise = f"{unread} ROWS ARE READABLE" if unread else "every stored row is noise"
    journaled, stored, duplicates = summary.events_journaled, summary.events_stored, summary.events_duplicate
    lines = {
        "Events": f"{journaled} journaled at {summary.gates} gates, {stored} stored ({duplicates} came twice)",
        "Inside": f"{_count(summary.present)}; in truth {summary.truth_present}",
        "Sealed": f"{noise} without the vault; {summary.video_segments} video segments",
        "Deleted": f"{summary.keys_destroyed} keys destroyed",
        "Oldest": f"what still opens is {summary.oldest_readable_s:.0f} s old at most; the limit is {limit_s} s",
    }
    if journaled > stored:
        lines["Lost"] = f"{journaled - stored} events came too late: their time was over before the controller had them"
    return "\n".join(f"  {name:8} {text}" for name, text in lines.items())


def _figures(live: "Live | None") -> str:
    if live is None:
        return "the controller does not answer; what happens at gates waits there"
    parts = [f"inside {_count(live.premises)}", f"{live.events_stored} events", f"{live.keys_destroyed} keys dead"]
    if live.events_stored:
        parts.append(f"oldest {live.oldest_readable_s:.0f} s")
    return " | ".join(parts)


def _count(count: "Headcount | Present") -> str:
    return "unknown" if count.best is None else f"{count.best} ({count.lowest} to {count.highest})"


def _span(seconds: int) -> str:
    return f"{seconds // 60} minutes" if seconds % 60 == 0 and seconds >= 120 else f"{seconds} seconds"
