"""What the truth process does: take events in, forget on time, keep gates supplied, tell how many are inside.

Belongs here: the order of steps across vault, store, fold and wire. Does not belong here: rules (controller/domain), or
how a thing is stored or sent.
"""
