"""What the controller keeps on disk: sealed records (records.py) and reference data (reference.py)."""
