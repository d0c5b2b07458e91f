"""The commissioning check of a gate: what is connected, does it answer, is it encrypted, does the door open.

check.py runs the checks in their order: files.py, controllers.py, then readers.py and portals.py over what the drivers
report (seen.py), and camera.py. Each yields findings (finding.py); they become one report (report.py), which is
rendered for signing (document.py).
"""
