"""People counted at a line by a camera: a process of its own beside the recorder, fed with its packets."""
