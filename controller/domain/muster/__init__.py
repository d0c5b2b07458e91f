"""The roll call of an operation: who was inside when it opened, and what has become of each since.

Belongs here: the rules, as a pure fold over what can be read; no I/O, no clock. In whatever order, how often and how
late passages and marks come, after a restart, at two controllers: the board is the same. Does not belong here: where
the chains place somebody (controller/domain/presence), names, streams and paper (controller/service/muster).

acts.py keeps officers' marks; sightings.py puts reads and marks of one person in order; person.py judges them; board.py
adds up; curve.py says how long it took.
"""
