"""Telling other systems of emergencies, with figures and no persons.

cap.py and webhook.py give an announcement its form; announcing.py sends it, and again until it is taken.
"""
