"""HTTPS of the page put together: which certificate it is served with, and the watch that renews it.

Belongs here: settings and choice. Does not belong here: certificates (pki/page.py), or serving (console/trusted.py).
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contract.clock import Clock, to_datetime
from contract.ids import ControllerId, SiteId
from controller.pki.folder import BadCertificateFilesError
from controller.pki.page import OwnPageCertificate, PageCertificate, SitePageCertificate
from controller.service.alarms import Alarms

_LOOK_EVERY_S: Final = 30.0


@dataclass(frozen=True)
class PageSettings:
    """How the page is served under HTTPS. `name`: its host name, None for no HTTPS of our own (or a proxy's).

    `port`: or the next free one. `certificate`, `key`: the site's own (PEM), both or none: then one is made here.
    """

    name: str | None = None
    port: int = 8443
    certificate: Path | None = None
    key: Path | None = None

    def check(self) -> None:
        """Raise BadCertificateFilesError unless these belong together."""
        if (self.certificate is None) is not (self.key is None):
            raise BadCertificateFilesError("--certificate and --key belong together: give both, or none")
        if self.certificate is not None and self.name is None:
            raise BadCertificateFilesError("a certificate is for a host name: say it as --https-name")


@dataclass(frozen=True)
class Page:
    """HTTPS of the page: settings and certificate."""

    settings: PageSettings
    certificate: PageCertificate
    clock: Clock
    alarms: Alarms

    async def watch(self) -> None:
        """Renew the certificate in time, and say for as long as it is so that it ends soon, until cancelled."""
        while True:
            now_ns = self.clock.now_ns()
            try:
                ends_soon = await asyncio.to_thread(self.certificate.ends_soon, to_datetime(now_ns))
            except OSError:
                ends_soon = True
            if ends_soon:
                self.alarms.of_system(now_ns, "page-certificate-ends", place="page")
            else:
                self.alarms.settled("page-certificate-ends", place="page")
            await asyncio.sleep(_LOOK_EVERY_S)

    def options(self) -> tuple[str, ...]:
        """Return what the console is told on its command line."""
        files = self.certificate.files
        authority = () if files.authority is None else ("--authority", str(files.authority))
        return (
            *("--https-name", str(self.settings.name), "--https-port", str(self.settings.port)),
            *("--certificate", str(files.certificate), "--key", str(files.key), *authority),
        )


def open_page(
    settings: PageSettings, state: Path, site: SiteId, controller: ControllerId, clock: Clock, alarms: Alarms
) -> Page | None:
    """Open it; None where the page has no HTTPS of its own. `clock`: the machine's. Raises BadCertificateFilesError."""
    settings.check()
    if settings.name is None:
        return None
    now = to_datetime(clock.now_ns())
    certificate: PageCertificate
    if settings.certificate is not None and settings.key is not None:
        certificate = SitePageCertificate(settings.certificate, settings.key, settings.name, now)
    else:
        certificate = OwnPageCertificate(state, site, controller, (settings.name,), now)
    return Page(settings, certificate, clock, alarms)
