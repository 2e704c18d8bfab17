"""The clock of processes, stepped while they run, by Debian's libfaketime. What counts seconds only is left alone."""

import os
import time
from pathlib import Path

LOOKED_AT = 1  # how often processes read the file, whole seconds
LIBRARY = next(
    (path for folder in ("/usr/lib", "/usr/local/lib") for path in Path(folder).glob("**/libfaketimeMT.so.1")), None
)


class Clock:
    """As a process with `env` sees it, and as everybody's phone does."""

    def __init__(self, folder: Path | None = None) -> None:
        self.offset, self.file = 0.0, folder and folder / "clock"
        self.env: dict[str, str] = {}
        if self.file is not None:
            self._write(0)
            self.env = {
                "LD_PRELOAD": str(LIBRARY),
                "FAKETIME_TIMESTAMP_FILE": str(self.file),
                "FAKETIME_CACHE_DURATION": str(LOOKED_AT),
                "DONT_FAKE_MONOTONIC": "1",
                "PYTHONPATH": str(Path(__file__).parent / "faked"),
                "NO_FAKE_STAT": "1",  # gunicorn tells by the time of a file that its processes live
            }

    def step(self, seconds: float) -> None:
        """Let it jump by so much."""
        self._write(seconds)
        time.sleep(LOOKED_AT + 1.1)  # they count it in whole seconds, so it takes up to one more

    def _write(self, seconds: float) -> None:
        assert self.file is not None
        self.offset += seconds
        beside = self.file.with_suffix(".new")
        beside.write_text(f"{self.offset:+.0f}\n")
        os.replace(beside, self.file)

    def now(self) -> float:
        return time.time() + self.offset
