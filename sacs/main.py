"""The command `sacs`: one sub-command a program or tool. Each imports only the part that it runs.

Belongs here: the list of commands. Does not belong here: what they do.
"""

import typer

from sacs.bench.command import bench
from sacs.card_command import card
from sacs.controller_command import controller
from sacs.count_command import count
from sacs.decode_command import decode
from sacs.demo.command import demo
from sacs.doctor_command import doctor
from sacs.edge_command import edge
from sacs.investigator_commands import investigator_key, open_asks
from sacs.law_command import law
from sacs.plates_command import plates
from sacs.replay.command import replay
from sacs.root_command import root
from sacs.score.command import score
from sacs.sim_command import sim
from sacs.trace_command import trace
from sacs.verify_command import verify_deletion
from sacs.verify_ledger_command import verify_ledger
from sacs.watch_command import watch

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # square brackets in help are what they are
    pretty_exceptions_enable=False,  # a traceback without locals, which could be a person's data
    help="SACS: gates that decide by themselves, a headcount for emergencies, and data that is gone on time.",
)
app.command(short_help="Run the whole system on simulated hardware, in one go.")(demo)
app.command(short_help="Run a controller: it opens, counts, and deletes on time.")(controller)
app.command(short_help="Run one gate: readers, decision, door, sealed journal.")(edge)
app.command(short_help="Check a gate before it goes into service; a report to sign.")(doctor)
app.add_typer(root, name="root", short_help="Enrol controllers: the offline root and the list that it signs.")
app.add_typer(bench, name="bench", short_help="The technician's bench: a gate with everything that can go wrong.")
app.command(short_help="Simulate a site: people, cards, readers, doors, cameras.")(sim)
app.command(short_help="Play a recorded log through gates and broker, and report.")(replay)
app.command(short_help="Play scored scenes, and tell how wrong the headcount may be.")(score)
app.command("verify-deletion", short_help="Check every byte that was written.")(verify_deletion)
app.command("verify-ledger", short_help="Check a copy of the ledger with the public key.")(verify_ledger)
app.command(short_help="How each rule of the law stands, with evidence; also on paper.")(law)
app.command("investigator-key", short_help="Make the key of one of two investigators.")(investigator_key)
app.command("open-asks", short_help="Read whom searches asked for, with both investigators' keys.")(open_asks)
app.command(short_help="Show what the bits of a card say, in every format.")(decode)
app.command(short_help="Judge the smart card in a PC/SC reader.")(card)
app.command(short_help="Tell what went over an OSDP bus, from a capture.")(trace)
app.command(short_help="Read number plates in pictures, to judge where a camera stands.")(plates)
app.command(short_help="Count who crosses a line in a recording, to judge where it is drawn.")(count)
app.command(short_help="Watch a gate at work: decisions, devices, portals.")(watch)
