"""Checks that anybody can run on what the system wrote: planted data found, wrapped keys that still open.

Belongs here: reading raw bytes of files, whatever format they have. Does not belong here: anything that writes, or
that trusts the program under check to name its own places: whole folders are read.
"""
