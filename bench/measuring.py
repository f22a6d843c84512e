"""Taking times: every contestant once a round, in turn, so that a slow moment of the machine meets all of them."""

import gc
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter

Times = dict[str, float]  # median seconds by name


def medians(contestants: Mapping[str, Callable[[int], object]], *, rounds: int, warm_up: int = 0) -> Times:
    """The median of each. A contestant gets the number of its round; the first `warm_up` rounds are not counted."""
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    gc.collect()
    gc.freeze()  # what was loaded before is not walked through again each time
    for at in range(warm_up + rounds):
        for name, run in contestants.items():
            gc.collect()
            gc.disable()
            began = perf_counter()
            run(at)
            spent = perf_counter() - began
            gc.enable()
            if at >= warm_up:
                taken[name].append(spent)
    gc.unfreeze()
    return {name: median(times) for name, times in taken.items()}
