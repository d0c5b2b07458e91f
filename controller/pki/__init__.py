"""The certificates of one site: the authority that the program makes, and what it issues.

Belongs here: who is who on the wire (mutual TLS). Does not belong here: what an identity may do
(controller/broker/rules.py), or keys that seal data (contract/sealing.py, controller/vault).
"""
