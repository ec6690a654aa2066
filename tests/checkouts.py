"""A page to pay on, for the Stripe of ours: one pays, is declined, pays by a slow bank, or leaves.

What it does to the account is what Checkout does: a card that is declined leaves the session open,
and the page says so; a slow bank completes it unpaid, and the money comes, or does not, later.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import stripes

_PAGE = """<!doctype html><meta charset="utf-8"><title>Checkout</title>
<p>{told}</p>
<form method="post">
  <button name="with" value="card">Pay</button>
  <button name="with" value="declined">Pay with a card that is declined</button>
  <button name="with" value="bank">Pay by a slow bank</button>
</form>
<a href="{left}">Back</a>"""


@contextmanager
def hosted(account: stripes.Account) -> Iterator[None]:
    """The page of each session of the account, at the address that the session tells."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/favicon.ico":
                self.send_error(404)
            else:
                self._show("Oriel")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if parse_qs(body)["with"] == ["declined"]:
                self._show("Your card was declined.")
                return
            self._paid(by_card=parse_qs(body)["with"] == ["card"])

        def _paid(self, by_card: bool) -> None:
            session = self.path.rpartition("/")[2]
            with account.lock:
                paid = account.payments[session]
                paid.status = "complete"
                paid.payment_status = "paid" if by_card else "unpaid"
                paid.intent_status = "succeeded" if by_card else "processing"
            self.send_response(303)
            self.send_header("Location", self._asked()["success_url"])
            self.end_headers()

        def _show(self, told: str) -> None:
            page = _PAGE.format(told=told, left=self._asked()["cancel_url"]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def _asked(self) -> dict[str, str]:
            """What the session of this page was begun with."""
            payment = self.path.rpartition("_")[2]
            with account.lock:
                asked = [one for path, one, _ in account.asked if path.endswith("/sessions")]
            return next(one for one in asked if one["client_reference_id"] == payment)

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    account.site = f"http://127.0.0.1:{server.server_port}"
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
