"""A letterbox in the receiver's place: it keeps what the warehouse pushes, for a test to deliver."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lxml import etree


class Letterbox:
    """Takes every post with 202 and keeps those of the warehouse."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        box = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.path.startswith("/orderflow/"):
                    box._kept.append(body.decode())
                self.send_response(202)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def about(self, reference: str) -> list[str]:
        """Return the events about an order and its returns, in the order in which they were written."""
        events = [body for body in self._kept if f'"{reference}"' in body and "<event " in body]
        return sorted(events, key=lambda body: int(etree.fromstring(body.encode()).get("messageId", "0")))

    def empty(self) -> None:
        """Forget what came before: after a reset, orders are numbered from the first again."""
        self._kept.clear()

    def close(self) -> None:
        """Take nothing more."""
        self._server.shutdown()
        self._server.server_close()
