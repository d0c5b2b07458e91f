"""One controller put together, without pages: vault, store, fold, ledger, broker, link, enrolment, policies.

Belongs here: which concrete part goes where, for every program that runs a controller. Does not belong here: HTTP for
persons, signals, printing (main.py).
"""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from contract.clock import Clock, SystemClock, to_datetime
from contract.ids import ControllerId
from contract.messages import Health
from contract.signing import SignatureError
from contract.site import Site, SiteFileError
from controller.broker.process import BrokerProcess
from controller.composition.announcements import open_announcing
from controller.composition.centre import Centre, open_centre
from controller.composition.colleagues import Twins, open_twins
from controller.composition.crisis import Crisis, CrisisSettings, open_crisis
from controller.composition.membership import Membership, enrol_new, keep_copy_for_root
from controller.composition.muster import Muster, open_muster
from controller.composition.office import Office, OfficeSettings, open_office
from controller.composition.oversight import Oversight, open_oversight
from controller.composition.page import PageSettings
from controller.composition.people import PassFacts, open_people
from controller.composition.tablets import TabletsOffice, open_tablets
from controller.composition.truth_opening import Kept, open_truth
from controller.composition.video import Looking, open_looking
from controller.composition.wire import Wire
from controller.files import only_user_of
from controller.gate_api import gate_app
from controller.gate_screens import GateScreens, open_gate_screens
from controller.identity import Identity, keep_reference_key, load_identity
from controller.ledger import Ledger
from controller.ledger.opening import open_ledger
from controller.link import Link
from controller.live import Live
from controller.peer.answers import peer_router
from controller.peer.joining import fetch_reference_key, needs_key
from controller.peer.reference import KeptCopy
from controller.service.announcing.announcing import Announcing
from controller.service.proof.canaries import Canaries
from controller.service.proof.canary_scan import CanaryScan, SearchSettings
from controller.service.proof.witness import LedgerWitnesses
from controller.service.records.truth import Truth
from controller.service.site.colleagues import Colleagues
from controller.service.site.enrolment import Enrolments
from controller.service.site.policies import LIFE_S, Policies
from controller.service.site.reference import Reference, ReferenceKey
from controller.service.site.replaced_keys import ReplacedKeys
from controller.store.reference import open_reference
from controller.vault import TokenSettings, open_token, open_vault

if TYPE_CHECKING:
    from controller.vault.token import Token

LOOPBACK: Final = "127.0.0.1"
_GARBAGE_THRESHOLDS: Final = (20_000, 20, 50)
"""Open records live for hours: looking for garbage among them at Python's own pace costs a quarter of ingest."""


@dataclass(frozen=True)
class Settings:
    """What a controller is started with. `broker`: nats-server, mosquitto, a path, or None for what is there.

    `gate_host`: the address at which broker and policies are offered to gates. `policy_life_s`: for how long a gate
    that hears from nobody goes on admitting. `token`: what the vault is kept under, None for a plain file.
    `office`: how officers sign in. `search`: where and how often canaries are looked for.
    `crisis`: how the standing order reaches its addressees. `page`: HTTPS of the page.
    `announce_authority`: who certified the systems of `[[announce_to]]` (PEM), None for those whom the machine trusts.
    """

    site: Site
    controller: ControllerId
    state: Path
    vault: Path
    broker: str | None = None
    gate_host: str = LOOPBACK
    policy_life_s: int = LIFE_S
    token: TokenSettings | None = None
    office: OfficeSettings = field(default_factory=OfficeSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    crisis: CrisisSettings = field(default_factory=CrisisSettings)
    page: PageSettings = field(default_factory=PageSettings)
    announce_authority: Path | None = None


class FoldersError(ValueError):
    """State and vault lie in one another."""


@dataclass(frozen=True)
class Assembly:
    """A controller that runs."""

    truth: Truth
    reference: Reference
    passes: PassFacts
    link: Link
    membership: Membership
    twins: Twins
    policies: Policies
    ledger: Ledger
    witnesses: LedgerWitnesses
    centre: Centre
    office: Office
    oversight: Oversight
    muster: Muster
    crisis: Crisis
    tablets: TabletsOffice
    canary_scan: CanaryScan
    gate_screens: GateScreens
    announcing: Announcing
    looking: Looking
    state: Path

    @property
    def broker(self) -> BrokerProcess:
        """The broker of this controller."""
        return self.membership.wire.broker

    @property
    def enrolments_folder(self) -> Path:
        """Where the enrolment files of gates lie that nobody has heard from yet."""
        return self.membership.enrolments.outbox

    def live(self) -> Live:
        """Return the live picture, with the addresses at which the other controllers show theirs."""
        consoles = self.twins.consoles
        picture = self.truth.live(broker_connected=self.link.connected)
        return msgspec.structs.replace(
            picture, controller=consoles.controller, other_origins=list(consoles.others().values())
        )

    async def supply_gates(self) -> None:
        """Publish the list of controllers, public keys and the policies that are new."""
        await self.membership.publish()
        await self.link.publish_keys(self.truth.period_keys())
        await self.supply_policies()

    async def supply_policies(self) -> None:
        """Publish the policies that are new, if any are."""
        now_ns = self.truth.clock.now_ns()
        for manifest in (await asyncio.to_thread(self.policies.refresh, now_ns)).values():
            await self.link.publish_policy(manifest)

    async def forget_replaced_keys(self) -> None:
        """Remove the keys of gates by which no recording is left to be checked. Raises SQLAlchemyError."""
        await asyncio.to_thread(self.membership.replaced_keys.forget, self.truth.clock.now_ns())

    async def remind_gates(self) -> None:
        """Tell gates again that say they have an older policy: a broker may lose what comes while a gate subscribes."""
        for edge in self.truth.gates.with_older_policy():
            manifest = self.policies.manifest(edge)
            if manifest is not None:
                await self.link.publish_policy(manifest)


@asynccontextmanager
async def assemble(settings: Settings, clock: Clock, progress: Callable[[int], None]) -> AsyncIterator[Assembly]:
    """Open everything, finish what a crash interrupted, start broker and gate server; close all at the end.

    `progress` is told how many stored rows are read. Raises what the parts raise: their messages say what to do.
    """
    _keep_apart(settings.state.resolve(), settings.vault.resolve())
    with only_user_of(settings.state), only_user_of(settings.vault):
        async with _assemble(settings, clock, progress) as assembly:
            yield assembly


@asynccontextmanager
async def _assemble(settings: Settings, clock: Clock, progress: Callable[[int], None]) -> AsyncIterator[Assembly]:
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    site, state = settings.site, settings.state
    _check_names(site, settings.controller)
    token = None if settings.token is None else open_token(settings.token)
    identity = load_identity(state, settings.vault, token)
    vault = open_vault(settings.vault, settings.controller, token)
    ledger, was_altered = open_ledger(state / "ledger.jsonl", settings.controller, identity.signer, clock.now_ns())
    machine_clock = SystemClock()  # certificates are checked by TLS libraries, which ask no other clock
    wire = Wire(
        state,
        site.site.id,
        settings.controller,
        settings.gate_host,
        identity,
        settings.broker,
        to_datetime(machine_clock.now_ns()),
    )
    listed = wire.listed
    identity = await _with_reference_key(identity, wire, state, settings.vault, token)
    engine = open_reference(state / "reference.db")
    reference_key = ReferenceKey(identity.reference_key)
    reference, passes = open_people(site, engine, reference_key, listed)
    enrolments = Enrolments(site.site.id, machine_clock, wire.authority, engine, settings.vault / "enrolments", listed)
    enrol_new(site, enrolments, ledger)
    gate_keys = enrolments.sources()
    await wire.admit(enrolments.verify_keys())
    policies = Policies(
        site,
        settings.controller,
        identity.signer,
        reference,
        passes.vehicles,
        engine,
        state / "policies",
        settings.policy_life_s,
    )
    kept = Kept(
        vault,
        ledger,
        identity.signer,
        gate_keys,
        policies.wanted,
        passes,
        bool(listed.peers),
    )
    truth = await open_truth(site, settings.controller, state, clock, kept, progress)
    if was_altered:
        truth.alarms.of_system(clock.now_ns(), "ledger-altered", place="ledger")
    witnesses = LedgerWitnesses(ledger, settings.controller, clock, truth.alarms, settings.vault / "ledger.head")
    witnesses.begin()
    link = Link(
        clock,
        site.site.id,
        settings.controller,
        identity.signer,
        gate_keys,
        wire.files,
        (settings.gate_host, wire.ports.broker),
    )
    colleagues = Colleagues(listed, ledger, truth.alarms, clock)
    _join(link, truth, enrolments, witnesses, colleagues)
    office = open_office(
        settings.office,
        site.site.name or site.site.id,
        engine,
        reference_key,
        clock,
        ledger,
        truth.alarms,
        truth.operations.open_now,
    )
    centre = open_centre(truth, ledger, reference)
    muster = open_muster(truth, ledger, identity.signer, reference, listed, centre.reports)
    oversight = open_oversight(
        truth,
        ledger,
        identity.signer,
        office,
        centre.asks,
        reference,
        state,
        settings.vault,
        settings.search.every_s,
    )
    gate_screens = open_gate_screens(
        site,
        settings.controller,
        identity.signer,
        reference,
        reference_key,
        engine,
        state / "screens",
        office,
        link,
        truth,
        ledger,
    )
    membership, copy = (
        Membership(wire, link, colleagues, enrolments, gate_keys, ReplacedKeys(engine, site.retention)),
        KeptCopy(engine, reference, gate_screens.photos),
    )
    twins = open_twins(membership, truth, ledger, office, centre.asks, copy, identity.reference_key)
    crisis = open_crisis(
        settings.crisis,
        state,
        truth,
        ledger,
        reference,
        gate_screens.photos,
        oversight.notes,
        muster,
    )
    crisis.copies.register.turn = twins.turn
    tablets = open_tablets(
        truth, ledger, engine, reference_key, office, centre.operations, crisis.copies, muster, reference
    )
    assembly = Assembly(
        truth,
        reference,
        passes,
        link,
        membership,
        twins,
        policies,
        ledger,
        witnesses,
        centre,
        office,
        oversight,
        muster,
        crisis,
        tablets,
        _canary_scan(settings, truth, reference, reference_key, oversight),
        gate_screens,
        open_announcing(truth, ledger, identity.signer, muster.boards, settings.announce_authority),
        open_looking(truth, ledger, membership),
        state,
    )
    await _recall(ledger, witnesses)
    try:
        async with (
            contextlib.aclosing(assembly.looking),
            wire.serving(gate_app(wire.gates, policies, gate_screens.screens, peer_router(twins.answers))),
        ):
            yield assembly
    finally:
        with contextlib.suppress(OSError):  # then the last head that was kept is a little older
            await witnesses.keep()
        truth.in_store.now(truth.store.close)
        truth.in_store.close()
        engine.dispose()


async def _with_reference_key(
    identity: Identity, wire: Wire, state: Path, vault: Path, token: "Token | None"
) -> Identity:
    """Return the identity with the site's reference key, which another controller gives if it is not here."""
    if needs_key(state, wire.listed):
        fetched = await asyncio.to_thread(fetch_reference_key, wire.listed, wire.files, identity)
        identity = replace(identity, reference_key=keep_reference_key(fetched, vault, token))
    keep_copy_for_root(state, wire.listed, identity.reference_key)
    return identity


async def _recall(ledger: Ledger, witnesses: LedgerWitnesses) -> None:
    """Tell all what the ledger says, and hear the witness beside the vault before anybody takes its word for all."""
    await asyncio.to_thread(ledger.tell_past)
    with contextlib.suppress(OSError):  # then a second later
        await witnesses.keep()


def _join(link: Link, truth: Truth, enrolments: Enrolments, witnesses: LedgerWitnesses, colleagues: Colleagues) -> None:
    """Let the link say what the others know, and the others hear what it brings."""

    def hear(health: Health) -> None:
        truth.gates.hear(health)
        colleagues.hear(health)
        enrolments.arrived(health.edge)
        try:
            witnesses.hear(health.edge, health.heads)
        except SignatureError as error:
            truth.ingest.refuse(health.edge, error)

    link.on_health = hear
    link.have_of = truth.have_of
    link.head = lambda: witnesses.head
    link.on_refused = truth.ingest.refuse


def _canary_scan(
    settings: Settings, truth: Truth, reference: Reference, key: ReferenceKey, oversight: Oversight
) -> CanaryScan:
    return CanaryScan(
        truth.clock,
        settings.site.retention,
        lambda: Canaries(settings.vault / "canaries.sealed", key),
        reference,
        oversight.notes.write,
        oversight.ledger,
        truth.alarms,
        (settings.state, settings.vault, *settings.search.also),
        settings.search.every_s,
    )


def _check_names(site: Site, controller: ControllerId) -> None:
    if controller in {str(gate.id) for gate in site.gate}:
        raise SiteFileError(
            f"site file: a gate is called {controller!r}, as this controller: both are sources of events"
        )


def _keep_apart(state: Path, vault: Path) -> None:
    if state == vault or state in vault.parents or vault in state.parents:
        raise FoldersError(f"{state} and {vault} must lie apart: the state may be backed up, the vault must not")
