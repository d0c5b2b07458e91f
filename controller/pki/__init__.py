"""Who belongs to a site: the offline root and its list of controllers, and the certificates of the wire.

Each controller has an authority of its own, which issues its certificates and those of the gates that it enrols; what
makes an authority one of the site is the root's list alone. So the root is one key that signs one small file, and who
is no longer on the list is no longer believed anywhere.

Belongs here: the root, the list, who is who on the wire (mutual TLS). Does not belong here: what an identity may do
(controller/broker/rules.py), or keys that seal data (contract/sealing.py, controller/vault).
"""
