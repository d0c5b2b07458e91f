"""Vehicles at a gate: what stands in a lane, whether it may go on, and a barrier that falls on nobody. Pure."""
