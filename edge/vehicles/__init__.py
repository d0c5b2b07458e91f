"""Lanes in which vehicles come to a barrier: one visit after the other, from its loop to the far side of the boom.

Belongs here: what a gate does about vehicles, put around the rules in edge/domain/vehicles: visits, booms, pictures of
plates, records. Does not belong here: rules without I/O (edge/domain/vehicles), reading plates (edge/plates), doors and
the boom's drive (edge/portals.py), or the officer's page (edge/screen).
"""
