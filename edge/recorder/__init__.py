"""The recorder of one camera: a process of its own and the gate's side of it; see recorder_process.py."""
