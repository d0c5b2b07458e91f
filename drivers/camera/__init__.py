"""Cameras: packets as the camera encoded them; see rtsp.py."""
