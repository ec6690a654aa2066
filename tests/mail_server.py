"""A mail server that is not ours, which keeps what it takes."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller


class Taken:
    """A mail server's behaviour: it keeps what it takes, and answers recipients with `answer`."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.answer = "250 OK"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


def running(controller: Controller) -> Iterator[Controller]:
    """A mail server that runs until the caller is done."""
    controller.ready_timeout = 60.0
    controller.start()
    yield controller
    controller.stop()
