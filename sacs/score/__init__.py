"""`sacs score`: scored scenes played into the real domain on a simulated clock, without wires, and judged.

command.py is the command; events.py says in the system's words what a story says in its own; fed.py is one controller's
domain as its service would feed it; player.py plays one story into the controllers of it and looks at each moment;
scored.py adds up what was seen; report.py judges it and prints it, chart.py draws it.

Belongs here: the judge. Does not belong here: what happens in a scene (simulators/scenes), or any rule of the system.
"""
