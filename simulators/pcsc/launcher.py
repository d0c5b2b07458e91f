"""The program that runs inside the namespaces of a private pcscd: starts it, and connects to its readers from there.

vpcd listens on all addresses, so it gets a network of its own that holds nothing but a loopback. A socket belongs to
the network in which it was made, wherever it is used: so this program makes them and hands them out.

Arguments: number of the control socket's descriptor, folder of the reader configuration, path of pcscd. A request is
the two bytes of a TCP port; the answer is `+` with a connected socket, or `-` where nobody listens there. The first
answer, unasked, is pcscd's process id in four bytes. Ends with pcscd, and ends pcscd with the control socket.

Belongs here: this program alone; it is run as a file and imports nothing of ours. Does not belong here: who calls it.
"""

import fcntl
import os
import selectors
import socket
import struct
import subprocess
import sys
from typing import Final

_SIOCSIFFLAGS: Final = 0x8914
_IFF_UP: Final = 0x1
PATIENCE_S: Final = 5.0


def main() -> int:
    """Serve until pcscd or the other side is gone. Returns pcscd's exit status."""
    control = socket.socket(fileno=int(sys.argv[1]))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))
    pcscd = subprocess.Popen([sys.argv[3], "--foreground", "--config", sys.argv[2]], stdin=subprocess.DEVNULL)
    control.sendall(struct.pack(">I", pcscd.pid))
    try:
        _serve(control, pcscd)
    finally:
        pcscd.terminate()
        try:
            pcscd.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            pcscd.kill()
    return pcscd.wait()


def _serve(control: socket.socket, pcscd: "subprocess.Popen[bytes]") -> None:
    ended = os.pidfd_open(pcscd.pid)
    with selectors.DefaultSelector() as selector:
        selector.register(ended, selectors.EVENT_READ)
        selector.register(control, selectors.EVENT_READ)
        while ended not in {key.fd for key, _ in selector.select()}:
            request = control.recv(2)
            if not request:
                return
            _connect(control, struct.unpack(">H", request)[0])


def _connect(control: socket.socket, port: int) -> None:
    try:
        made = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    except OSError:
        control.sendall(b"-")
        return
    made.setblocking(True)  # the mode goes with the socket
    with made:
        socket.send_fds(control, [b"+"], [made.fileno()])


if __name__ == "__main__":
    sys.exit(main())
