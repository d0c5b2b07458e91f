"""A gate fetches its own policy over mutual TLS, and nobody else does."""

import hashlib
import ssl
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from contract.policy import open_policy
from contract.sealing import WrapRefusedError
from controller.pki.folder import Authority
from controller.service.site.reference import NewHolder, NewPass
from tests.integration.controller.conftest import LIMIT_S, MAIN, NORTH, PLANTS, SITE, SOUTH, Premises, until

ZOE = NewHolder(PLANTS[0], "delegate", [NewPass(PLANTS[2], [PLANTS[1]], "all")])


def client(premises: Premises, context: ssl.SSLContext) -> httpx.AsyncClient:
    card = premises.enrolment().controllers[0]
    return httpx.AsyncClient(
        base_url=f"https://{card.policy_host}:{card.policy_port}", verify=context, timeout=LIMIT_S, trust_env=False
    )


async def test_each_gate_gets_its_own_policy_and_no_other(premises: Premises) -> None:
    async with premises.running() as controller:
        async with premises.gate() as gate:
            await until(lambda: gate.manifest is not None, "a manifest")
            first = gate.manifest
            controller.reference.register([ZOE])
            await controller.supply_policies()
            await until(lambda: gate.manifest != first, "a newer manifest")
            manifest = gate.manifest
        assert manifest is not None
        assert first is not None
        assert manifest.policy_version == first.policy_version + 1
        path = f"/gate/policy/{manifest.policy_version}"
        async with client(premises, premises.tls(NORTH)) as north:
            answer = await north.get(path)
            assert answer.status_code == 200
            assert (hashlib.sha256(answer.content).digest(), len(answer.content)) == (
                manifest.sha256,
                manifest.size_bytes,
            )
            enrolment = premises.enrolment(NORTH)
            policy = open_policy(answer.content, NORTH, enrolment.policy_private(), enrolment.controller_keys())
            assert policy.find(PLANTS[1]) is not None
            assert not any(plant.encode() in answer.content for plant in PLANTS)
            for version in (first.policy_version, manifest.policy_version + 1, -1):
                assert (await north.get(f"/gate/policy/{version}")).status_code == 404
            assert (await north.get("/gate/policy/x")).status_code == 422
            for elsewhere in ("/", "/docs", "/openapi.json", "/api/live", "/gate/policy/../../reference.db"):
                assert (await north.get(elsewhere)).status_code == 404
        async with client(premises, premises.tls(SOUTH)) as south:
            other = await south.get(path)
            assert other.status_code == 200
            assert other.content != answer.content
            with pytest.raises(WrapRefusedError):
                open_policy(other.content, NORTH, enrolment.policy_private(), enrolment.controller_keys())


async def test_nobody_without_a_gates_certificate_gets_an_answer(one_premises: Premises, tmp_path: Path) -> None:
    async with one_premises.running() as controller:
        version = max(controller.policies.wanted.values())
        foreign = Authority(tmp_path / "foreign", SITE.site.id, MAIN, datetime.now(UTC))
        forged = foreign.edge_files(tmp_path / "forged", "edge-north", datetime.now(UTC))
        false_gate = one_premises.tls(None)
        false_gate.load_cert_chain(forged.certificate, forged.key)
        for context in (one_premises.tls(None), false_gate):
            async with client(one_premises, context) as stranger:
                with pytest.raises(httpx.TransportError):
                    await stranger.get(f"/gate/policy/{version}")
        own = one_premises.tls(None)
        files = one_premises.folder / "state" / "controller-tls"
        own.load_cert_chain(files / "certificate.pem", files / "key.pem")
        async with client(one_premises, own) as no_gate:
            assert (await no_gate.get(f"/gate/policy/{version}")).status_code == 403
