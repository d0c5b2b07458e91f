"""A letter of the ledger is altered while the controller is off: officers keep their rights, nobody new comes in."""

from controller.domain.operation import Plan, Reason
from controller.domain.rights.roles import Role
from controller.service.officers.officers import NOBODY
from controller.service.officers.sign_in import NewOfficer
from tests.integration.controller.conftest import Premises

COMMANDERS = 3


async def test_one_altered_line_takes_no_other_officers_rights_and_makes_no_first_ones(one_premises: Premises) -> None:
    file = one_premises.folder / "state" / "ledger.jsonl"
    async with one_premises.running() as controller:
        office = controller.office
        assert office.sign_in.first_codes()
        accounts = [
            office.sign_in.make(NewOfficer(f"Officer {at}", f"staff-{at}", f"officer-{at}"), NOBODY)
            for at in range(COMMANDERS)
        ]
        for account in accounts:
            office.officers.first_role(account, Role.COMMANDER)
        operation = controller.truth.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, accounts[0]).id
        last = controller.ledger.number
    lines = file.read_bytes().splitlines(keepends=True)
    altered = next(at for at, line in enumerate(lines) if b"role-given" in line)
    lines[altered] = lines[altered].replace(b"commander", b"commandos")
    file.write_bytes(b"".join(lines))
    for _ in range(2):  # and again from the ledger that came of it
        async with one_premises.running() as controller:
            officers = controller.office.officers.register
            assert [each.account for each in officers.having(Role.COMMANDER)] == accounts[1:]
            assert len(officers.officers()) == COMMANDERS
            assert [each.id for each in controller.truth.operations.open_now(one_premises.clock.now_ns())] == [
                operation
            ]
            assert controller.office.sign_in.first_codes() == {}
            facts = controller.ledger.last["ledger-altered"].facts
            assert (facts["line"], facts["kept"]) == (altered + 1, last - 1)


async def test_a_ledger_that_is_gone_makes_nobody_the_first_officer(one_premises: Premises) -> None:
    async with one_premises.running() as controller:
        controller.ledger.append("ledger-witness-damaged", one_premises.clock.now_ns(), witness="vault")
    (one_premises.folder / "state" / "ledger.jsonl").unlink()
    async with one_premises.running() as controller:
        assert controller.office.sign_in.first_codes() == {}, "the witness beside the vault knows better"
