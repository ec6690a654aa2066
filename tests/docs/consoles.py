"""What the pages for operators have root type on a server: test_one_server.py types it all.

A line of these pages that is in none of these blocks is typed by nobody (test_every_block.py).
"""

from dataclasses import dataclass

import snippets

DEPLOYING, OPERATING, BACKUP = "docs/deploying.md", "docs/operating.md", "docs/backup.md"
_RESTIC = "# restic --repo sftp:elsewhere:oriel --password-file /etc/oriel/restic "


@dataclass(frozen=True)
class Console:
    """The block of a page that begins so."""

    page: str
    begins: str

    @property
    def lines(self) -> list[str]:
        """What is typed, in its order."""
        lines = snippets.block(self.page, self.begins).lines
        assert lines
        return lines


INSTALLED = Console(DEPLOYING, "# apt-get install")
STARTED = Console(DEPLOYING, "# systemctl enable")
FOLLOWED = Console(OPERATING, "$ journalctl -u 'oriel-*'")
COUNTED = Console(OPERATING, "$ journalctl -u 'oriel-web@*'")
UPGRADED = Console(OPERATING, "# oriel db backup")
KEEPING_BEGUN = Console(BACKUP, "# apt-get install restic")
KEPT_ELSEWHERE = Console(BACKUP, f"{_RESTIC}backup")
BROUGHT_BACK = Console(BACKUP, f"{_RESTIC}restore")
PUT_BACK = Console(BACKUP, "# systemctl stop")

EACH = {name: one for name, one in vars().items() if isinstance(one, Console)}
