"""A check that is stopped while a door is released: drivers end in order, and so lock what they time."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE

import pytest

LIMIT_S = 60
DOCTOR = """
import asyncio, resource
from edge.commissioning import check

async def released(*_):
    print("released", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0)
        print("locked, core", resource.getrlimit(resource.RLIMIT_CORE), flush=True)

check.check = released
from sacs.main import app
app(["doctor", "--edge", "north.toml"])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_drivers_end_in_order_whatever_stops_the_check(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", DOCTOR, stdout=PIPE, stderr=PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(LIMIT_S):
            assert await process.stdout.readline() == b"released\n"
            process.send_signal(number)
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert out == b"locked, core (0, 0)\n", "what is in memory comes to lie nowhere"
    assert process.returncode == 2, "the check could not be done: neither fit nor unfit"
    assert b"stopped" in err
    assert b"Traceback" not in err
