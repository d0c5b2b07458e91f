"""Proof and watch: the trail of looks, witnesses of the ledger's end, canaries, asks that two investigators open."""
