"""Boards of outputs and inputs: relays that release portals, inputs that watch them."""
