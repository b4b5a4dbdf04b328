"""When something that happens every so many seconds is due, on the grid of ticks."""

from abm.kernel import kernel


@kernel
def is_due(tick: int, dt_s: float, every_s: float) -> bool:
    """Does what happens every `every_s` happen at the end of `tick`: the first at or after it?"""
    if every_s <= dt_s:
        return True
    return int(tick * dt_s / every_s) != int((tick - 1) * dt_s / every_s)
