"""The page of the assembly point: a shell without names that works without the network, and what makes it installable.

Tablets and phones keep it by a service worker; all it shows is fetched or opened by its scripts (static/assembly).
Belongs here: the shell in each language, the worker, the manifest. Does not belong here: what tablets are told (api/).
"""

import hashlib
from pathlib import Path
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from controller.console import STATIC
from controller.console.board_words import BECAUSE, MEANS, REFUSED
from controller.console.frame import LANGUAGE_COOKIE, Frame
from controller.console.operation_words import PLANS, REASONS
from controller.console.words import OPERATIONS, say
from controller.domain.operation import REASONS as REASONS_OF
from controller.domain.operation import OperationKind, Plan
from web import STATIC as WEB_STATIC

_SCRIPTS: Final = STATIC / "assembly"
_WORKER: Final = _SCRIPTS / "worker.js"
_ICON_SIZES: Final = (192, 512)


class AssemblyPages:
    """See the module."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Final = frame

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/assembly", self.anywhere, methods=["GET"]),
            Route("/assembly/{language}", self.page, methods=["GET"]),
            Route("/assembly-worker.js", self.worker, methods=["GET"]),
            Route("/assembly.webmanifest", self.manifest, methods=["GET"]),
        ]

    async def anywhere(self, request: Request) -> Response:
        """Lead to the page in the visitor's language."""
        return RedirectResponse(f"/assembly/{self._frame.language(request).code}", status_code=302)

    async def page(self, request: Request) -> Response:
        """The shell in one language; it is the same for everybody, for it is kept on the device."""
        code = request.path_params["language"]
        asked = request.query_params.get("lang")
        languages = self._frame.languages
        if code not in languages or asked in languages:
            language = languages.get(asked or "", self._frame.language(request))
            response: Response = RedirectResponse(f"/assembly/{language.code}", status_code=302)
            response.set_cookie(LANGUAGE_COOKIE, language.code, max_age=365 * 86400, httponly=True, samesite="strict")
            return response
        language = languages[code]
        visitor = self._frame.anybody(request, language)
        reasons = sorted(REASONS_OF[OperationKind.EMERGENCY])
        return self._frame.page(
            visitor,
            "assembly.html",
            operation_names=[(code, say(OPERATIONS, code, language)) for code in OPERATIONS],
            means=[(how, say(MEANS, how, language)) for how in MEANS],
            plans=[(plan.value, say(PLANS, plan.value, language)) for plan in Plan],
            reasons=[(reason.value, say(REASONS, reason.value, language)) for reason in reasons],
            withdrawn_because=[(why, say(BECAUSE, why, language)) for why in BECAUSE],
            refused_because=[(why, say(REFUSED, why, language)) for why in REFUSED],
        )

    async def worker(self, _: Request) -> Response:
        """The service worker, with what it keeps and a version that changes whenever any of it does."""
        kept = self._kept()
        head = f"const VERSION = {msgspec.json.encode(self._version()).decode()};\n"
        head += f"const KEPT = {msgspec.json.encode(kept).decode()};\n"
        return Response(head + _WORKER.read_text("utf-8"), media_type="text/javascript")

    async def manifest(self, request: Request) -> Response:
        """What a device needs for installing the page (W3C Web Application Manifest)."""
        language = self._frame.language(request)
        name = language.translations.gettext("Assembly point")
        icons = [
            {"src": f"/static/console/assembly/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"}
            for size in _ICON_SIZES
        ]
        manifest = {
            "id": "/assembly",
            "name": f"{name} · SACS",
            "short_name": name,
            "lang": language.code,
            "dir": language.direction,
            "start_url": "/assembly",
            "scope": "/assembly",
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#1d3557",
            "icons": icons,
        }
        return Response(msgspec.json.encode(manifest), media_type="application/manifest+json")

    def _kept(self) -> list[str]:
        pages = [f"/assembly/{code}" for code in self._frame.languages]
        scripts = [f"/static/console/assembly/{path.name}" for path in _files() if path != _WORKER]
        looks = ["/static/base.css", "/static/icon.svg", "/static/console/shell.css", "/assembly.webmanifest"]
        return [*pages, *scripts, *looks]

    def _version(self) -> str:
        digest = hashlib.sha256()
        templates = Path(__file__).parent / "templates"
        more = [WEB_STATIC / "base.css", STATIC / "shell.css", templates / "assembly.html", templates / "shell.html"]
        for path in [*_files(), *more]:
            digest.update(path.read_bytes())
        digest.update(" ".join(self._frame.feed.other_origins).encode())  # whom the page may ask stands in its headers
        for language in self._frame.languages.values():
            digest.update(language.translations.gettext("Assembly point").encode())
        return digest.hexdigest()[:16]


def _files() -> list[Path]:
    return sorted(path for path in _SCRIPTS.iterdir() if path.suffix in {".js", ".css", ".png"})
