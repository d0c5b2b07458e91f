"""Revisions of records.db, oldest first. Belongs here: one file a change. Does not belong here: running them."""
