"""The console process: `python -m controller.console.main --truth-socket PATH`.

Belongs here: arguments, the listening socket, beginning and end. Tells its port as one JSON line on standard output,
and ends when standard input does: that is, with the truth process that started it.
"""

import argparse
import asyncio
import contextlib
import errno
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Final, Literal

import httpx
import msgspec
import uvicorn

from contract.clock import SystemClock
from controller.console.app import console_app
from controller.console.trust_pages import Serving
from controller.console.trusted import Trusted, following_files, plain_app, secure_server
from controller.files import short_path
from process.logs import log_to_stderr
from process.memory import keep_in_memory
from web.secure import App, is_loopback

_PORTS_TRIED: Final = 100
_GRACE_S: Final = 1


class NoPortError(OSError):
    """Neither the wanted port nor any of the next ones is free."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at `port` or the next free one; 0: any. Raises NoPortError, OSError."""
    family, _, _, _, _ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    last = port if port == 0 else min(port + _PORTS_TRIED - 1, 65535)
    for each in range(port, last + 1):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, each))
            listener.listen()
        except OSError as error:
            listener.close()
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
        else:
            return listener
    raise NoPortError(f"no free port on {host} from {port} to {last}")


async def run(
    truth_socket: Path,
    host: str,
    port: int,
    ready: Callable[[int], None],
    ended: asyncio.Event,
    name: str | None = None,
    trusted: Trusted | None = None,
    on_secure_port: Callable[[int], None] = lambda _: None,
) -> None:
    """Serve until `ended` is set; `ready` is told the port, and before that `on_secure_port` that of HTTPS.

    `name`: what a proxy calls us. `trusted`: HTTPS of our own; where others reach `host`, the plain port then only
    leads there. Raises NoPortError, OSError.
    """
    # A connection is made anew for each request: on a Unix socket it costs nothing, and none outlives the truth.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    loopback, serving = is_loopback(host), Serving(trusted)
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(listen(host, port))
        serving.plain_port = listener.getsockname()[1]
        secure = sockets.enter_context(listen(host, trusted.port)) if trusted else None
        serving.secure_port = secure.getsockname()[1] if secure else 0
        path = sockets.enter_context(short_path(truth_socket))
        transport = httpx.AsyncHTTPTransport(uds=path, limits=limits)
        async with httpx.AsyncClient(
            transport=transport, timeout=httpx.Timeout(None, connect=3.0), cookies=_no_cookies()
        ) as client:
            clock = SystemClock()
            name = trusted.name if trusted else name
            app = console_app(client, clock, loopback=loopback or trusted is not None, name=name, serving=serving)

            def config(app: App, lifespan: Literal["on", "off"]) -> uvicorn.Config:
                return uvicorn.Config(
                    app,
                    ws="none",
                    log_config=None,
                    access_log=False,
                    server_header=False,
                    proxy_headers=name is not None and trusted is None,  # else a browser would choose its own address
                    timeout_graceful_shutdown=_GRACE_S,
                    lifespan=lifespan,
                )

            plain = plain_app(app, trusted, serving.secure_port, loopback=loopback)
            servers = [(uvicorn.Server(config(plain, "on" if plain is app else "off")), listener)]
            async with contextlib.AsyncExitStack() as following:
                if trusted and secure:
                    lifespan: Literal["on", "off"] = "off" if plain is app else "on"
                    made, context = secure_server(trusted, lambda: config(app, lifespan))
                    await following.enter_async_context(following_files(trusted, context, clock))
                    servers.append((made, secure))
                    on_secure_port(serving.secure_port)
                ready(serving.plain_port)
                async with _ending(ended, [server for server, _ in servers]):
                    await asyncio.gather(*(server.serve(sockets=[each]) for server, each in servers))


@contextlib.asynccontextmanager
async def _ending(ended: asyncio.Event, servers: list[uvicorn.Server]) -> AsyncIterator[None]:
    """Let all servers end as soon as `ended` is set."""

    async def end() -> None:
        await ended.wait()
        for server in servers:
            server.should_exit = True

    ending = asyncio.create_task(end(), name="end")
    try:
        yield
    finally:
        ending.cancel()


def _no_cookies() -> CookieJar:
    """Return a jar that keeps nothing: this client speaks for every browser, and a cookie is one browser's own."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))


async def _run_as_child(truth_socket: Path, host: str, port: int, name: str | None, trusted: Trusted | None) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    told: dict[str, int] = {}

    def wait_for_end() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop may have ended first
            loop.call_soon_threadsafe(ended.set)

    def tell_secure(chosen: int) -> None:
        told["secure_port"] = chosen

    def tell(chosen: int) -> None:
        sys.stdout.write(msgspec.json.encode({"port": chosen, **told}).decode() + "\n")
        sys.stdout.flush()

    threading.Thread(target=wait_for_end, name="standard input", daemon=True).start()
    await run(truth_socket, host, port, tell, ended, name, trusted, tell_secure)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the console with these command line arguments; return the exit status."""
    parser = argparse.ArgumentParser(prog="controller.console.main", description=__doc__)
    parser.add_argument("--truth-socket", type=Path, required=True, help="Unix socket of the truth process")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: loopback only)")
    parser.add_argument("--port", type=int, default=8080, help="port, or the next free one (default: 8080)")
    parser.add_argument("--name", help="host name that a proxy on this machine passes on")
    parser.add_argument("--https-name", help="host name under which HTTPS is served, with these files:")
    parser.add_argument("--https-port", type=int, default=8443, help="its port, or the next free one (default: 8443)")
    parser.add_argument("--certificate", type=Path, help="its certificate (PEM)")
    parser.add_argument("--key", type=Path, help="its key (PEM)")
    parser.add_argument("--authority", type=Path, help="the authority that devices install (PEM)")
    options = parser.parse_args(arguments)
    trusted = None
    if options.https_name:
        if options.certificate is None or options.key is None:
            parser.error("--https-name needs --certificate and --key")
        trusted = Trusted(options.https_name, options.https_port, options.certificate, options.key, options.authority)
    # Standard output belongs to the port: whoever reads it may stop after that line.
    log_to_stderr()
    keep_in_memory()
    try:
        asyncio.run(_run_as_child(options.truth_socket, options.host, options.port, options.name, trusted))
    except OSError as error:
        sys.stderr.write(f"console: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
