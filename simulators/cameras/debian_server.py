"""The RTSP server of GStreamer, from Debian, which plays a film for ever: another author's half of RTSP and RTP.

Run by Debian's own Python as a program of its own, for its bindings are in no wheel: it imports nothing of this
package. It takes a file of access units (units.py), a port and the name under which it serves; it prints the port
when it listens, and ends with its standard input or on SIGTERM.

Belongs here: that program. Does not belong here: whoever starts it (camera.py).
Debian: gir1.2-gst-rtsp-server-1.0, python3-gi, gstreamer1.0-plugins-good. Source: gst-rtsp-server 1.22.
"""

import json
import signal
import struct
import sys
from pathlib import Path

import gi  # type: ignore[import-not-found]

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # type: ignore[import-not-found]  # noqa: E402

LOOPBACK = "127.0.0.1"
NS_PER_TICK = 1e9 / 90_000
UNIT = struct.Struct(">IQ")
PAYLOADERS = {
    "h264": ("video/x-h264,stream-format=byte-stream,alignment=au", "rtph264pay"),
    "hevc": ("video/x-h265,stream-format=byte-stream,alignment=au", "rtph265pay"),
    "mpeg4": ("video/mpeg,mpegversion=4,systemstream=false", "rtpmp4vpay"),
}
"""What a unit is to GStreamer, and what makes RTP packets of it."""


class Film:
    """All units of one file, in memory."""

    def __init__(self, path: Path) -> None:
        """Read it. Raises OSError, ValueError."""
        head, _, data = path.read_bytes().partition(b"\n")
        header = json.loads(head)
        self.codec: str = header["codec"]
        self.duration_ns = round(header["ticks"] * NS_PER_TICK)
        self.units: list[tuple[bytes, int]] = []
        at = 0
        while at < len(data):
            size, ticks = UNIT.unpack_from(data, at)
            at += UNIT.size
            self.units.append((data[at : at + size], round(ticks * NS_PER_TICK)))
            at += size


class Factory(GstRtspServer.RTSPMediaFactory):  # type: ignore[misc]  # the bindings carry no types
    """Gives each visitor the film from its first unit."""

    def __init__(self, film: Film) -> None:
        super().__init__()
        self._film = film
        caps, payloader = PAYLOADERS[film.codec]
        self.set_launch(f"( appsrc name=film format=time caps={caps} ! {payloader} name=pay0 pt=96 )")

    def do_configure(self, media: GstRtspServer.RTSPMedia) -> None:
        """Feed a visitor's own pipeline whenever it is hungry."""
        sent = 0

        def feed(source: Gst.Element, _size: int) -> None:
            nonlocal sent
            rounds, place = divmod(sent, len(self._film.units))
            data, at_ns = self._film.units[place]
            buffer = Gst.Buffer.new_wrapped(data)
            buffer.pts = buffer.dts = rounds * self._film.duration_ns + at_ns
            sent += 1
            source.emit("push-buffer", buffer)

        media.get_element().get_by_name_recurse_up("film").connect("need-data", feed)


def main() -> None:
    """Serve until told to end."""
    path, port, name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    Gst.init(None)
    server = GstRtspServer.RTSPServer(address=LOOPBACK, service=port)
    server.get_mount_points().add_factory(f"/{name}", Factory(Film(path)))
    if not server.attach(None):
        sys.exit(f"nothing can listen on port {port}")
    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGTERM, loop.quit)
    # Ctrl-C reaches the whole process group: whoever started this program ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IOCondition.HUP, lambda *_: loop.quit())
    print(server.get_bound_port(), flush=True)  # noqa: T201  read by whoever started it
    loop.run()


if __name__ == "__main__":
    main()
