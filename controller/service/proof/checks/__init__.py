"""Checks that run all the time and look for what L6 must make visible: breaches by persons, faults of the system.

One file a check; each has an interval of its own, and says what it finds at this moment. `watch.py` runs them, turns
what they find into alarms and ledger entries, and makes a check that fails or does not come back an alarm as well.

Belongs here: looking. Does not belong here: keeping the rules (that is the rest of the system: a check must not trust
the part that it watches), or showing what was found (controller/law, console).
"""
