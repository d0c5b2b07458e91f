"""What controllers of one site tell each other, over HTTPS with the certificates of the root's list.

Each asks, and each answers; only that there is news is pushed. `words` are the messages, `answers` the resources,
`calls` asks another controller, `exchange` does so again and again, `entries` takes over what others have entered in
their ledgers, `marks` officers' marks, `reference` keeps a copy of the keeper's reference data.

Belongs here: what passes between controllers. Does not belong here: who they are (pki/, wire.py), or gates (link.py).
"""
