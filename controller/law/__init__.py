"""The law on one page: what each of L1 to L9 demands, how it stands at this moment, and how anybody can check it.

`report.py` has the form of the answer, `facts.py` what it is drawn from, `rows.py` judges (pure), `record.py` keeps
what the ledger says of it, `gather.py` asks the living parts, `reading.py` reads the trail, `document.py` prints.

Belongs here: stating and judging what others did. Does not belong here: enforcing anything: a state shown here is
computed from facts, never set.
"""
