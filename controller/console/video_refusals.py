"""The words for what of video can not be looked at or handed over: codes of VideoError.

Belongs here: one phrase a code. Does not belong here: where it stands (office_words.py, video_words.py).
"""

from typing import Final

from controller.console.words import word

REFUSED: Final = {
    "gate-away": word("The gate does not answer. Its recordings lie there, and are seen when it is back."),
    "not-served": word("This gate gives no video to controllers: a technician can set it up."),
    "recording-gone": word("There is no recording of that time: none was made, or its limit is over."),
    "altered": word("The recording is refused: it is damaged, or not the gate's own. Call a technician."),
    "not-for-us": word("This was recorded before this controller was enrolled: look at another controller."),
    "no-libraries": word("This controller lacks what paints and recodes video: call a technician."),
    "not-painted": word("This piece could not be painted: try again, or another time."),
    "no-picture": word("The camera gives no picture now."),
    "no-camera": word("There is no such camera."),
    "no-viewing": word("Your viewing is over: begin another one."),
    "not-in-viewing": word("This is no part of what you look at: begin another viewing."),
    "cameras": word("Look at one camera, or at two different ones."),
    "no-span": word("Choose a time that has passed."),
    "span-too-long": word("This time is too long: choose a shorter one."),
    "picture-changed": word("The camera's picture changed within that time: make two clips."),
    "clip-too-large": word("This clip is too large: choose a shorter time."),
}
