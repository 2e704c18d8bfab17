"""beat: `celery -A config beat`."""

import time
from typing import Any

from celery import beat


class Scheduler(beat.Scheduler):
    """Celery's own, which keeps no file; and a clock that is put back does not stop it for as long."""

    _last = 0.0

    def tick(self, *args: Any, **options: Any) -> float:
        now = time.time()
        if now < self._last:
            for entry in self.schedule.values():
                entry.last_run_at = entry.default_now()
            self._heap = None
        self._last = now
        return float(super().tick(*args, **options))
