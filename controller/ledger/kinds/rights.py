"""Entries about officers: accounts, roles, authorizations, briefings, sessions. Belongs here: their kinds alone."""

from typing import Final

from controller.ledger.kinds.kind import EntryClass, kind_of, word

_AUTHORIZATION: Final = EntryClass.AUTHORIZATION

KINDS: Final = (
    kind_of("account-made", _AUTHORIZATION, word("An account was made"), "account by"),
    kind_of("account-closed", _AUTHORIZATION, word("An account was closed"), "account by", "heard"),
    kind_of("role-given", _AUTHORIZATION, word("A role was given"), "account role by second"),
    kind_of("role-taken", _AUTHORIZATION, word("A role was taken"), "account role by second", "heard"),
    kind_of(
        "member-confirmed",
        _AUTHORIZATION,
        word("An officer was stated to belong to the security department"),
        "account by",
    ),
    kind_of(
        "member-left",
        _AUTHORIZATION,
        word("An officer was stated to belong to the security department no longer"),
        "account by",
        "heard",
    ),
    kind_of(
        "authorization-given",
        _AUTHORIZATION,
        word("The act that authorizes an officer was recorded"),
        "account instrument until by",
        "heard",
    ),
    kind_of(
        "authorization-withdrawn",
        _AUTHORIZATION,
        word("An authorization was withdrawn"),
        "account by second",
        "heard",
    ),
    kind_of(
        "withdrawal-without-effect",
        _AUTHORIZATION,
        word("A withdrawal has no effect: with acts at another controller it would have left no commander"),
        "account controller withdrawn",
    ),
    kind_of(
        "briefing-acknowledged",
        _AUTHORIZATION,
        word("An officer has read and acknowledged the briefing"),
        "account version",
    ),
    kind_of(
        "break-glass",
        _AUTHORIZATION,
        word("Two members of the department took access without authorization until the operation ends"),
        "first second operations until version",
    ),
    kind_of(
        "sign-in-reset",
        _AUTHORIZATION,
        word("A code for a new password was allowed"),
        "account by second",
    ),
    kind_of("password-set", EntryClass.TRAIL, word("A password was set"), "account"),
    kind_of("passkey-added", EntryClass.TRAIL, word("A passkey was added"), "account"),
    kind_of("passkey-removed", EntryClass.TRAIL, word("A passkey was removed"), "account"),
    kind_of("session-opened", EntryClass.TRAIL, word("An officer signed in"), "account how"),
    kind_of("session-ended", EntryClass.TRAIL, word("Sessions of an officer were ended"), "account by sessions"),
    kind_of("sign-in-attack", EntryClass.BREACH, word("Somebody guesses at passwords or codes"), "guessed attempts"),
    kind_of(
        "passkey-copied",
        EntryClass.BREACH,
        word("A passkey counted backwards: there may be a copy of it, and it was refused"),
        "account",
    ),
)
