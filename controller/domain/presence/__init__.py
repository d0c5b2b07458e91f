"""Who is inside, as a fold over readable events by the fifteen rules of docs/architecture (presence).

Belongs here: the rules, each one beside the lines that carry it; no I/O, no clock. Does not belong here: keys, rows and
messages (controller/service and adapters), or names of persons. The rules are numbered as in the architecture; where
this package is sharper than its words, docs/adr/0010 says so.

stamp.py (rule 1) orders records; layout.py turns access points into steps; chain.py (rule 2) keeps a holder's passages;
tallies.py (rule 3) adds up; fold.py takes events and forgets (rules 4, 5, 7, 8); restore.py starts again (rule 9);
watermark.py moves the cut (rule 6); bounds.py makes figures (rules 11 to 15); passback.py reports contradictions.
"""
