"""What a bench answers when it is asked for something that can not be.

Belongs here: the error alone, so that every part can raise it.
"""


class CanNotError(Exception):
    """An act that this bench can not do, or a scene that it can not play, now; the message says why."""
