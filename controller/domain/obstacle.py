"""An act that can not be done: with a code, so that every screen can say it in its own language.

Belongs here: that base. Does not belong here: any act.
"""


class ObstacleError(ValueError):
    """Why not. `code` is for screens (controller/console has words for each); the message says what would do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
