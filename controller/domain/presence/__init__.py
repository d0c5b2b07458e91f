"""Who is inside, as a fold over readable events by the fifteen rules of docs/architecture (presence).

Belongs here: the rules, each one beside the lines that carry it; no I/O, no clock. Does not belong here: keys, rows and
messages (controller/service and adapters), or names of persons. The rules are numbered as in the architecture; where
this package is sharper than its words, docs/adr/0010 and 0030 say so.

stamp.py (rule 1) orders records; layout.py turns access points into steps; chain.py and order.py (rule 2) keep the
passages of a holder; sweeps.py (rule 10) and crossings.py keep what officers say of areas and of people without a name;
counting.py and tallies.py (rule 3) add up; memory.py holds all that can be read. intake.py turns events into the words
of fold.py, which takes passages and, by acts.py, officers' acts (rules 2 and 8); oblivion.py forgets (rules 4, 5, 7);
restore.py starts again (rule 9); watermark.py moves the cut (rule 6); bounds.py makes figures (rules 11 to 15);
passback.py reports contradictions.
"""
