"""The garbage collector of a process that answers or works for days."""

import gc


def settle() -> None:
    """Call it when everything is loaded: what stands now stays, and is not walked through again and again. A request
    leaves little behind that only the collector finds, so it looks less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
