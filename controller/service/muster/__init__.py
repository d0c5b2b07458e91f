"""The roll call carried out: boards of open operations with names and streams, marks taken, figures kept.

Belongs here: joining the fold, marks, reference data and the ledger. Does not belong here: the rules
(controller/domain/muster), or who may (domain/rights).
"""
