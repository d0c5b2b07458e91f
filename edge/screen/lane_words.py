"""The words of the lanes on the gate officer's screen, marked for translation.

Belongs here: one phrase a code. Does not belong here: what of it is shown (lane_view.py), where (templates).
"""

from typing import Final

from contract.events import Expected, TurnedAway
from edge.domain.acting import ActResult
from edge.domain.vehicles.shown import Boom, Clearance, Needs, Phase, Unwatched
from edge.screen.words import word

PHASES: Final = {
    Phase.EMPTY: word("No vehicle"),
    Phase.STANDS: word("A vehicle stands here"),
    Phase.OPENED: word("May pass"),
    Phase.UNDER: word("Passes now"),
    Phase.TURNED_AWAY: word("Turned away: it backs out"),
    Phase.UNKNOWN: word("The lane's board does not answer: look yourself"),
}
REJECT_LANE: Final = word("Turned away: the reject lane is open")

UNWATCHED: Final = {
    Unwatched.CARDS: word("The lane's board was away: drivers show their cards again."),
    Unwatched.LET_THROUGH: word(
        "The lane's board was away: look whether the vehicle that might pass has gone. Drivers show their cards again."
    ),
}
"""What follows from a time in which nobody saw the lane."""

NEEDS: Final = {
    Needs.PLATE: word("Number plate"),
    Needs.DRIVER: word("Driver's card"),
    Needs.OCCUPANTS: word("How many sit beside the driver"),
    Needs.BADGES: word("Cards of the others"),
    Needs.OFFICER: word("Your decision"),
    Needs.BARRIER: word("The way ahead is not free yet"),
}

DECIDE: Final = {
    TurnedAway.PLATE: word("the plate was not read for sure"),
    TurnedAway.DRIVER: word("the driver's card was refused"),
    TurnedAway.PLATE_NOT_OF_DRIVER: word("this driver is not entered for this vehicle"),
    TurnedAway.OCCUPANTS: word("others sit in it than may"),
    TurnedAway.OFFICER: word("the officer's decision"),
    TurnedAway.LEFT_BY_ITSELF: word("it has left by itself"),
}
TURN_AWAY: Final = {
    TurnedAway.PLATE: word("The plate"),
    TurnedAway.DRIVER: word("The driver"),
    TurnedAway.PLATE_NOT_OF_DRIVER: word("Not this driver's vehicle"),
    TurnedAway.OCCUPANTS: word("Who sits in it"),
    TurnedAway.OFFICER: word("Another reason"),
}
"""Why an officer turns one away; it leaves by itself without him."""

EXPECTED: Final = {
    Expected.PERMITTED: word("Permitted here"),
    Expected.DELIVERY: word("Delivery, expected now"),
    Expected.DELIVERY_OUTSIDE_WINDOW: word("Delivery, but not expected now"),
    Expected.NOT_PERMITTED_HERE: word("Not permitted here, or not now"),
    Expected.BLOCKED: word("Blocked"),
    Expected.UNKNOWN: word("Unknown plate"),
    Expected.UNREAD: word("No plate read"),
}

BOOMS: Final = {
    Boom.DOWN: word("Closed"),
    Boom.UP: word("Open"),
    Boom.UNKNOWN: word("Not known whether it is open"),
}
CLEARANCES: Final = {
    Clearance.CLEAR: word("nothing is under it"),
    Clearance.OCCUPIED: word("something is under it"),
    Clearance.UNKNOWN: word("nobody sees what is under it: it is not let down"),
    Clearance.NOT_WIRED: word("nothing watches what is under it: look yourself"),
}

LANE_RESULTS: Final = {
    ActResult.TOO_LATE: word("That vehicle has gone on, or may pass already."),
    ActResult.COUNTED_ALREADY: word("The barrier opens already. Correct the number with people without a card."),
}
"""What the gate says to acts about vehicles in other words than to those about persons."""
