"""Leaving alone for a while what does not answer: it costs one request a time-out, and not every one of them."""

import time


class Circuit:
    """Open for some seconds after it was tripped; what it stands for is not asked then. One a process."""

    def __init__(self, seconds: float = 5.0) -> None:
        self.seconds = seconds
        self.close()

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self._until

    def trip(self) -> None:
        """It did not answer."""
        self._until = time.monotonic() + self.seconds

    def close(self) -> None:
        """Ask it again at once."""
        self._until = 0.0
