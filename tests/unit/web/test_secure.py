import httpx
import pytest

from web.secure import (
    HEADERS,
    LoopbackOnly,
    Receive,
    SameOriginOnly,
    Scope,
    SecureHeaders,
    Send,
    ToSiblings,
    is_loopback,
)


async def careless(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"Content-Security-Policy", b"default-src *"), (b"x-own", b"kept")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"secret"})


async def answer(app: SecureHeaders | LoopbackOnly, host: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        return await client.get("http://server/", headers={"host": host})


async def test_every_answer_forbids_framing_sniffing_caching_and_foreign_code() -> None:
    headers = (await answer(SecureHeaders(careless), "x")).headers
    policy = headers.get_list("content-security-policy")
    assert len(policy) == 1
    assert "default-src 'none'" in policy[0]
    assert "frame-ancestors 'none'" in policy[0]
    assert "unsafe" not in policy[0]
    assert "//" not in policy[0]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["x-own"] == "kept"
    assert {name.decode() for name in HEADERS} <= set(headers)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:8081", "127.9.9.9", "[::1]:8080", "[::1]"])
async def test_this_machine_is_answered_under_its_own_names(host: str) -> None:
    assert (await answer(LoopbackOnly(careless), host)).status_code == 200


@pytest.mark.parametrize(
    "host", ["attacker.example", "attacker.example:8080", "127.0.0.1.attacker.example", "localhost.", "10.0.0.1", ""]
)
async def test_a_foreign_name_that_leads_here_is_refused(host: str) -> None:
    refused = await answer(LoopbackOnly(careless), host)
    assert refused.status_code == 421
    assert "secret" not in refused.text


def test_only_loopback_is_loopback() -> None:
    assert [name for name in ("127.0.0.1", "::1", "localhost", "192.0.2.1", "::", "gate") if is_loopback(name)] == [
        "127.0.0.1",
        "::1",
        "localhost",
    ]


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {}, 200),
        ("POST", {"origin": "http://server"}, 200),
        ("POST", {"origin": "http://server", "sec-fetch-site": "same-origin"}, 200),
        ("POST", {"sec-fetch-site": "none"}, 200),
        ("POST", {"origin": "null"}, 403),
        ("POST", {"origin": "http://other"}, 403),
        ("POST", {"origin": "http://server:81"}, 403),
        ("POST", {"origin": "http://server", "sec-fetch-site": "cross-site"}, 403),
        ("POST", {"sec-fetch-site": "same-site"}, 403),
        ("PUT", {"origin": "http://other"}, 403),
        ("DELETE", {"sec-fetch-site": "cross-site"}, 403),
        ("GET", {"origin": "http://other", "sec-fetch-site": "cross-site"}, 200),
    ],
)
async def test_nothing_is_changed_from_a_page_of_another_origin(
    method: str, headers: dict[str, str], status: int
) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(SameOriginOnly(careless))) as client:
        answer = await client.request(method, "http://server/", headers=headers)
    assert answer.status_code == status
    assert (b"secret" in answer.content) is (status == 200)


async def test_two_origins_are_one_too_many() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(SameOriginOnly(careless))) as client:
        headers = [("origin", "http://server"), ("origin", "http://other")]
        assert (await client.post("http://server/", headers=headers)).status_code == 403


SIBLING = "https://b.example.org"


async def ask_api(method: str, origin: str, path: str = "/api/x") -> httpx.Response:
    app = SecureHeaders(ToSiblings(SameOriginOnly(careless, lambda: [SIBLING]), lambda: [SIBLING]), lambda: [SIBLING])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        headers = {"origin": origin, "sec-fetch-site": "same-site", "access-control-request-headers": "content-type"}
        return await client.request(method, f"https://a.example.org{path}", headers=headers)


async def test_a_page_of_a_sibling_may_ask_the_api_with_the_session() -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = await ask_api(method, SIBLING)
        assert answer.is_success
        assert answer.headers["access-control-allow-origin"] == SIBLING
        assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-allow-headers"] == "content-type"
    assert f"connect-src 'self' {SIBLING};" in answer.headers["content-security-policy"]


async def test_nobody_else_is_a_sibling_and_nothing_but_the_api_is_asked() -> None:
    assert (await ask_api("POST", "https://c.example.org")).status_code == 403
    assert "access-control-allow-origin" not in (await ask_api("GET", "https://c.example.org")).headers
    assert "access-control-allow-origin" not in (await ask_api("GET", SIBLING, "/page")).headers
