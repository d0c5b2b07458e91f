"""What people are told to do in an emergency, or practise in a drill.

Belongs here: the closed set, which the site file names as well (which siren sounds for which). Does not belong here:
what follows from a plan (controller/domain/door_plan.py).
"""

import enum


class Plan(enum.StrEnum):
    """What people are told to do in an emergency, or practise in a drill."""

    EVACUATE = "evacuate"
    SHELTER = "shelter"
    LOCKDOWN = "lockdown"
    RELOCATE = "relocate"
