"""The command `sacs`: one sub-command a program or tool. Each imports only the part that it runs.

Belongs here: the list of commands. Does not belong here: what they do.
"""

import typer

from sacs.controller_command import controller
from sacs.demo.command import demo
from sacs.edge_command import edge
from sacs.replay.command import replay
from sacs.sim_command import sim
from sacs.verify_command import verify_deletion

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # square brackets in help are what they are
    pretty_exceptions_enable=False,  # a traceback without locals, which could be a person's data
    help="SACS: gates that decide by themselves, a headcount for emergencies, and data that is gone on time.",
)
app.command()(demo)
app.command()(controller)
app.command()(edge)
app.command()(sim)
app.command()(replay)
app.command("verify-deletion")(verify_deletion)
