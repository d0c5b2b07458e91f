"""Simulated cameras: what they look at, drawn with the truth beside it, and real RTSP servers that show it."""
