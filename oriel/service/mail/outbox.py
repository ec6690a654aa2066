"""A folder as mailer: each letter is a file that mail programs, and `cat`, can read.

For one machine and for trying things out: nothing is sent to anybody.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from oriel.service.mail import Letter, MailDelayed, Picture
from oriel.service.settings import Settings

_ENDING = ".eml"
_NAME = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}-\w+\.eml")  # what else lies there is somebody's own
_KIND = "Oriel-Letter"


def made(settings: Settings) -> "Outbox":
    """The folder after "outbox:"."""
    return Outbox(Path(unquote(settings.mail.removeprefix("outbox:"))), settings.mail_from)


@dataclass(frozen=True)
class Outbox:
    """`sender` is such as "Oriel <oriel@example.com>"."""

    folder: Path
    sender: str

    async def send(self, letter: Letter) -> None:
        """Write it, or write it again: one letter is one file."""
        try:
            await asyncio.to_thread(self._write, letter)
        except OSError as error:
            raise MailDelayed(
                f"{self.folder} cannot be written to ({error.strerror}): let the"
                " service's user write there"
            ) from error

    async def check(self) -> None:
        """As Mailer says."""
        folder = next(place for place in (self.folder, *self.folder.parents) if place.exists())
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise MailDelayed(f"{folder} cannot be written to: let the service's user write there")

    def letters(self) -> Iterator[Letter]:
        """What lies there, newest first."""
        for path in sorted(self.folder.glob(f"*{_ENDING}"), reverse=True):
            if _NAME.fullmatch(path.name):
                yield _read(path)

    def _write(self, letter: Letter) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{letter.id}-{letter.kind}{_ENDING}"
        draft = self.folder / f".{name}.part"
        with draft.open("wb") as file:
            file.write(message(letter, self.sender).as_bytes())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.folder / name)


def message(letter: Letter, sender: str) -> EmailMessage:
    """The letter as Internet mail: text, and HTML with its pictures."""
    made = EmailMessage(policy.SMTP.clone(cte_type="8bit"))
    made["From"] = sender
    made["To"] = letter.to
    made["Subject"] = letter.subject
    made["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2].strip('> ') or 'localhost'}>"
    made[_KIND] = letter.kind
    made.set_content(letter.text, cte="8bit")
    made.add_alternative(letter.html, subtype="html", cte="8bit")
    page: Any = made.get_body(("html",))
    for picture in letter.pictures:
        main, _, sub = picture.content_type.partition("/")
        page.add_related(picture.data, main, sub, cid=f"<{picture.name}>", filename=picture.name)
    return made


def _read(path: Path) -> Letter:
    made = message_from_bytes(path.read_bytes(), policy=policy.default)
    text, html = made.get_body(("plain",)), made.get_body(("html",))
    return Letter(
        id=path.name.partition("-")[0],
        kind=str(made[_KIND]),
        to=str(made["To"]),
        subject=str(made["Subject"]),
        text=_content(text),
        html=_content(html),
        pictures=tuple(_pictures(made)),
    )


def _content(part: Any) -> str:
    return part.get_content().replace("\r\n", "\n") if part else ""


def _pictures(made: EmailMessage) -> Iterator[Picture]:
    for part in made.walk():
        if part.get_content_maintype() == "image":
            yield Picture(
                str(part["Content-ID"]).strip("<>"), part.get_content_type(), part.get_content()
            )
