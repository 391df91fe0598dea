"""A way to the service that can be cut, as it is when a car drives into a tunnel."""

from __future__ import annotations

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class Tunnel:
    """Passes connections on to the service while it is whole."""

    def __init__(self, base: str) -> None:
        there = urlsplit(base)
        self._there = (there.hostname, there.port)
        self._open: list[socket.socket] = []
        self._whole = True
        self._door = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        """End every connection; new ones end at once."""
        self._whole = False
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def mend(self) -> None:
        """Let connections through again."""
        self._whole = True

    def _serve(self) -> None:
        while True:
            here, _ = self._door.accept()
            if not self._whole:
                here.close()
                continue
            there = socket.create_connection(self._there)
            self._open += [here, there]
            for source, target in ((here, there), (there, here)):
                threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for one in (source, target):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
