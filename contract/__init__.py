"""What gates and controllers agree on: ids, clock, periods, events, messages, topics, site file, sealing.

Belongs here: a thing that both sides of the wire must understand the same way. Does not belong here: I/O of
any kind, or anything that only one program needs.
"""
