"""Tablets of the assembly points: enrolment, sealed rolls, handed lists, and what tablets report.

Belongs here: those services. Does not belong here: HTTP (api/tablets.py, api/tablet.py), or what runs on a tablet
(console/static/assembly).
"""
