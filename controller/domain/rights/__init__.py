"""Who may do what: roles and the deeds that they allow, and beside them authorization and briefing (L2).

Belongs here: rules that need nothing but facts and `now`. Does not belong here: accounts and their secrets (service),
requests (api), or operations themselves (controller/domain/operation.py).

roles.py names the roles; deeds.py says which role may do which deed, and what each deed shows; officer.py holds what is
on record of one officer; judge.py puts them together: may this officer do this deed now?
"""
