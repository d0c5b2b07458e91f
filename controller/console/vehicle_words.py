"""The words of the page of vehicles: what a form did, or why it was refused.

Belongs here: one phrase a code. Does not belong here: the page (vehicle_pages.py).
"""

from typing import Final

from controller.console.words import word

# VehicleRefusal of controller.service.site.vehicles.
REFUSED: Final = {
    "bad-plate": word("A plate is 2 to 12 letters A-Z and digits; blanks, points and hyphens do not count."),
    "plate-entered": word("That plate is entered already: remove it first, or block it."),
    "no-level": word("There is no such access level any more."),
    "bad-time": word("The time has to end after it begins."),
    "no-end": word("A delivery is expected until some time: enter the end."),
    "no-driver": word("No pass has the number of one of these drivers."),
}

DONE: Final = {
    "vehicle-entered": word("Entered. Gates know it within seconds."),
    "vehicle-block": word("Blocked. Gates know it within seconds."),
    "vehicle-release": word("No longer blocked. Gates know it within seconds."),
    "vehicle-remove": word("Removed."),
}
