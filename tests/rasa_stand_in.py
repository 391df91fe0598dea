"""A stand-in for Rasa that does as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], Any]


def echo(call: dict[str, Any]) -> Any:
    """What was said, said again."""
    return {"messages": [{"text": f"收到：{call.get('text') or call.get('payload')}", "custom": {"route": "faq"}}]}


class RasaStandIn:
    """Answers turns as `answer` says; `gate` closed makes it slow, `status` makes it fail."""

    def __init__(self) -> None:
        self.answer: Answer = echo
        self.status = 200
        self.calls: list[dict[str, Any]] = []
        self.secrets: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._send(stand_in.status, {"status": "ok"})

            def do_POST(self) -> None:
                call = json.loads(self.rfile.read(int(self.headers["content-length"])))
                stand_in.calls.append(call)
                stand_in.secrets.add(self.headers["x-gateway-secret"])
                stand_in.gate.wait(20)
                self._send(stand_in.status, stand_in.answer(call))

            def _send(self, status: int, content: Any) -> None:
                body = json.dumps(content).encode()
                with suppress(OSError):  # whoever asked may have gone
                    self.send_response(status)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def calls_of(self, conversation_id: str) -> list[dict[str, Any]]:
        """The turns that were run in a conversation."""
        return [call for call in self.calls if call["conversation_id"] == conversation_id]

    def reset(self) -> None:
        """As it was at first."""
        self.answer, self.status = echo, 200
        self.gate.set()

    def close(self) -> None:
        """Stop answering."""
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
