"""Names that leave the system: numbered copies, the hand-over before the limit, and the standing order.

Belongs here: carrying out what controller/domain allows, with the ledger as memory. Does not belong here: the rules.
`document` puts a list on paper; `entries` is how the ledger tells of copies; `copies` makes and ends them; `hand_over`
watches the limit; `standing_order` keeps the addressees; `outbox` and `mail` reach them.
"""
