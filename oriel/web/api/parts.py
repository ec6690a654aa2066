"""The parts of the service that handlers use, as one value; `app.py` opens them."""

from dataclasses import dataclass, field
from datetime import datetime

from oriel.jobs.queue import Queue
from oriel.service import clock
from oriel.service.afterwards import Afterwards
from oriel.service.clock import Clock
from oriel.service.db import Database
from oriel.service.events import Events
from oriel.service.held import Held
from oriel.service.limits import Limits
from oriel.service.payments import Payments
from oriel.service.plans import Plans
from oriel.service.presence import Presence
from oriel.service.settings import Settings
from oriel.service.storage import Storage


@dataclass(frozen=True)
class Parts:
    """What the service is made of."""

    settings: Settings
    plans: Plans
    database: Database
    storage: Storage
    payments: Payments
    limits: Limits
    events: Events
    presence: Presence
    afterwards: Afterwards
    queue: Queue | None  # None: workers look by themselves
    streams: Held = field(default_factory=Held)
    clock: Clock = clock.now

    def now(self) -> datetime:
        """The time."""
        return self.clock()

    async def wake(self, render_id: str, priority: int) -> None:
        """Have a worker look at a render soon."""
        if self.queue is not None:
            await self.queue.look_at(render_id, priority)
