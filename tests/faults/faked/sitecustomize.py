"""Read by every Python process whose clock is faked: Debian 12's libfaketime gets the deadline wrong that `time.sleep`
sleeps until, so those sleep by waiting for nothing.
"""

import select
import time


def sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


time.sleep = sleep
