"""How the process of a broker looks for garbage: seldom, and never in what it has loaded for good.

The values of a call are small, frozen and without cycles, so that counting references frees them. Python's own habit of
looking through them after every 700 took a third of the time that a long script takes to be read.
"""

from __future__ import annotations

import gc

EVERY = 10_000  # containers made and not freed before one look: a few megabytes at most


def settle() -> None:
    """Take all that is loaded now for permanent, and look for garbage seldom from here on."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(EVERY)
