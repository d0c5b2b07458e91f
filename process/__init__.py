"""What every program of the system does with its own process, and how it talks with one beside it.

Belongs here: that, for gate and controller alike. Does not belong here: anything about gates, persons or keys.
"""
