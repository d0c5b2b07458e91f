"""Simulated readers, each with a wire face (for the real driver) and a human face (present a card, break it)."""
