import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator

import httpx
import msgspec
import pytest

from controller.console.page import FRAGMENTS, Update
from tests.browser import pictures
from tests.browser.truth import Truth

replace = msgspec.structs.replace


async def updates(console: httpx.AsyncClient, language: str = "en") -> AsyncGenerator[Update]:
    async with console.stream("GET", f"/live?lang={language}") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                yield msgspec.json.decode(line[6:], type=Update)


async def page_with_figures(console: httpx.AsyncClient, **headers: str) -> httpx.Response:
    """The page as soon as the console has heard the truth."""
    while (page := await console.get("/", headers=headers)).status_code == 503:  # noqa: ASYNC110  as a browser asks
        await asyncio.sleep(0.05)
    return page


async def test_the_page_is_whole_without_any_script(console: httpx.AsyncClient) -> None:
    page = await page_with_figures(console)
    assert page.status_code == 200
    for text in ("142", "138", "149", "Main tower", "North gate", "Door held open", "dies in 0:31", "3 min 34 sec"):
        assert text in page.text
    assert '<noscript><meta http-equiv="refresh"' in page.text
    assert " style=" not in page.text
    assert page.text.count("<script") == 1


async def test_the_language_is_negotiated_asked_for_and_kept(console: httpx.AsyncClient) -> None:
    negotiated = await page_with_figures(console, **{"accept-language": "ar-EG, en;q=0.5"})
    assert '<html lang="ar" dir="rtl">' in negotiated.text
    assert negotiated.headers["content-language"] == "ar"
    assert "set-cookie" not in negotiated.headers
    asked = await console.get("/?lang=ar")
    assert "lang=ar" in asked.headers["set-cookie"]
    assert "HttpOnly" in asked.headers["set-cookie"]
    kept = await console.get("/")  # the client keeps the cookie
    assert kept.headers["content-language"] == "ar"
    back = await console.get("/?lang=en")
    assert back.headers["content-language"] == "en"
    unknown = await console.get("/?lang=<script>")
    assert unknown.headers["content-language"] == "en"
    assert "set-cookie" not in unknown.headers


async def test_an_open_page_gets_all_fragments_once_and_then_what_changed(
    console: httpx.AsyncClient, truth: Truth
) -> None:
    await page_with_figures(console)
    stream = updates(console)
    first = await anext(stream)
    assert set(first.fragments) == set(FRAGMENTS)
    assert first.spoken.startswith("On the premises: 142, between 138 and 149. Last alarm: Door held open")
    live = pictures.normal()
    truth.show(replace(live, at=pictures.iso(-7), premises=replace(live.premises, lowest=150, best=151, highest=152)))
    while True:
        update = await anext(stream)
        if "premises" in update.fragments:
            break
    assert "151" in update.fragments["premises"]
    assert update.as_of == "15:22:12"
    assert "areas" not in update.fragments
    assert update.lost is None
    await stream.aclose()


async def test_a_truth_that_goes_is_told_to_open_pages_and_so_is_its_return(
    console: httpx.AsyncClient, truth: Truth
) -> None:
    await page_with_figures(console)
    stream = updates(console)
    await truth.stop()
    while (update := await anext(stream)).lost is None:
        pass
    assert update.lost.startswith("No connection to the controller since ")
    page = await console.get("/")
    assert page.status_code == 200
    assert "No connection to the controller since" in page.text
    assert 'class="figures stale"' in page.text
    await truth.start()
    while (update := await anext(stream)).lost is not None:
        pass
    assert "stale" not in (await console.get("/")).text
    await stream.aclose()


async def test_a_truth_that_only_hangs_is_noticed_too(console: httpx.AsyncClient, truth: Truth) -> None:
    await page_with_figures(console)
    stream = updates(console)
    truth.dumb = True
    while (await anext(stream)).lost is None:
        pass
    truth.dumb = False
    while (await anext(stream)).lost is not None:
        pass
    await stream.aclose()


async def test_hostile_names_stay_text(console: httpx.AsyncClient, truth: Truth) -> None:
    truth.show(pictures.hostile())
    stream = updates(console)
    while "&lt;script&gt;" not in (await anext(stream)).fragments.get("gates", ""):
        pass
    await stream.aclose()
    page = (await console.get("/")).text
    assert page.count("<script") == 1
    assert "<img" not in page
    assert "&lt;script&gt;document.title" in page


@pytest.mark.parametrize(
    "path", ["/", "/live", "/static/base.css", "/static/console/live.css", "/static/live.js", "/api/live"]
)
async def test_every_answer_carries_the_secure_headers(console: httpx.AsyncClient, path: str) -> None:
    async with console.stream("GET", path) as response:
        assert response.status_code in {200, 503}
        assert response.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert response.headers["cache-control"] == "no-store"
        assert "server" not in response.headers


@pytest.mark.parametrize("path", ["/", "/live", "/api/live"])
async def test_on_loopback_a_foreign_host_is_refused(console: httpx.AsyncClient, path: str) -> None:
    assert (await console.get(path, headers={"host": "attacker.example"})).status_code == 421


async def test_the_api_passes_with_status_headers_and_body_both_ways(console: httpx.AsyncClient, truth: Truth) -> None:
    body = b"x" * 300_000
    answer = await console.post(
        "/api/echo?q=a%2Fb&q=2",
        content=body,
        headers={"authorization": "Bearer token", "te": "trailers", "connection": "x-hop", "x-hop": "1", "x-end": "2"},
    )
    assert (answer.status_code, answer.json()) == (418, {"got": len(body)})
    assert answer.headers["x-answer"] == "kept"
    assert answer.headers["set-cookie"] == "a=b"
    assert "x-private" not in answer.headers
    method, url, headers, received = truth.requests[-1]
    assert (method, received == body) == ("POST", True)
    assert url.endswith("/api/echo?q=a%2Fb&q=2")
    assert headers["authorization"] == "Bearer token"
    assert headers["x-end"] == "2"
    assert {"te", "x-hop"}.isdisjoint(headers)


async def test_the_cookie_of_one_browser_never_goes_along_with_another(
    console: httpx.AsyncClient, truth: Truth
) -> None:
    """The console speaks for all browsers: one that signs in must not sign in everybody."""
    await console.post("/api/echo", content=b"sets a cookie")
    truth.cookies.clear()
    async with httpx.AsyncClient(base_url=console.base_url, trust_env=False) as stranger:
        await stranger.get("/")
    assert truth.cookies == [None]


async def test_the_api_passes_a_body_of_unknown_length_and_none_at_all(
    console: httpx.AsyncClient, truth: Truth
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    assert (await console.post("/api/echo", content=pieces())).json() == {"got": 6}
    assert (await console.delete("/api/echo")).json() == {"got": 0}
    assert "transfer-encoding" not in truth.requests[-1][2]
    assert (await console.get("/api/missing")).status_code == 404


async def test_the_apis_own_stream_passes_as_it_comes(console: httpx.AsyncClient, truth: Truth) -> None:
    async with console.stream("GET", "/api/live/events") as response:
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                assert json.loads(line[6:])["site"] == "Riverside Campus"
                break
    # The other end hears that nobody listens any more.
    while truth.listeners > 1:  # noqa: ASYNC110  the console itself keeps listening
        await asyncio.sleep(0.02)


async def test_without_a_truth_the_api_is_a_bad_gateway(console: httpx.AsyncClient, truth: Truth) -> None:
    await truth.stop()
    answer = await console.get("/api/live")
    assert answer.status_code == 502
    assert answer.json() == {"detail": "The truth process does not answer."}


async def test_an_open_page_ends_with_its_session_and_whoever_has_none_is_sent_to_sign_in(
    console: httpx.AsyncClient, truth: Truth
) -> None:
    await page_with_figures(console)
    stream = updates(console)
    assert not (await anext(stream)).ended
    truth.signed_in = False
    async with asyncio.timeout(20):
        while not (update := await anext(stream)).ended:
            pass
    assert update.fragments == {}
    assert await anext(stream, None) is None
    page = await console.get("/")
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in")
    assert (await console.get("/live")).status_code == 303
    there = await console.get("/persons")
    assert there.headers["location"] == "/sign-in?next=/persons"


async def test_a_session_that_the_truth_confirmed_reads_old_figures_while_it_is_away_and_no_other_does(
    console: httpx.AsyncClient, truth: Truth
) -> None:
    await page_with_figures(console)
    await truth.stop()
    assert (await console.get("/")).status_code == 200
    stranger = await console.get("/", headers={"cookie": "sacs-session=other"})
    assert stranger.status_code == 503
    assert "142" not in stranger.text
    assert (await console.get("/", params={"lang": "ar"})).status_code == 200
    await console.post("/sign-out")
    assert (await console.get("/")).status_code == 503, "whoever signed out"
    await truth.start()


async def status_of(console: httpx.AsyncClient, path: str) -> int:
    """Ask for a path as it stands here: a client of HTTP would resolve its dots before it asks."""
    host, port = console.base_url.host, console.base_url.port
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    line = await reader.readline()
    writer.close()
    return int(line.split()[1])


async def test_the_feed_of_the_console_is_reached_by_no_browser_and_it_alone_tells_the_address(
    console: httpx.AsyncClient, truth: Truth
) -> None:
    before = len(truth.requests)
    for path in (
        "/console/live",
        "/api/../console/live",
        "/api/./../console/live/events",
        "/api/x/../../console/live",
        "/api/%2e%2e/console/live",
        "/api/..%2fconsole/live",
        "/api/..",
    ):
        assert await status_of(console, path) == 404, path
    assert not [path for _, path, _, _ in truth.requests[before:] if "console" in path]
    await console.post("/api/echo", headers={"x-sacs-peer": "203.0.113.9", "x-forwarded-for": "203.0.113.9"})
    assert truth.requests[-1][2]["x-sacs-peer"] == "127.0.0.1"


async def test_a_page_of_another_site_changes_nothing(console: httpx.AsyncClient, truth: Truth) -> None:
    before = len(truth.requests)
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        for path in ("/api/echo", "/sign-out", "/persons/x/withdraw"):
            assert (await console.post(path, headers=headers)).status_code == 403
    assert len(truth.requests) == before


async def test_after_signing_in_nobody_is_sent_elsewhere_and_forms_that_are_none_are_refused(
    console: httpx.AsyncClient,
) -> None:
    for asked in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", ""):
        page = await console.get("/sign-in", params={"next": asked})
        assert 'name="next" value="/"' in page.text
        assert "evil" not in page.text
    for body in (b"x" * 70_000, b"\xff\xfe", "&".join(f"a{n}=1" for n in range(200)).encode()):
        assert (await console.post("/sign-in", content=body)).status_code == 400
