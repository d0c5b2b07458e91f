"""What every program of the system does with its own process: memory that stays in memory, logs without locals,
and pipes to programs beside it.

Belongs here: that, for gate and controller alike. Does not belong here: anything about gates, persons or keys.
"""
