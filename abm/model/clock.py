"""Mesa's clock: how `steps`, `time` and the event list keep in step with the kernel's ticks.

Mesa 3.5 drives `step()` through an event list: each step pops one recurring event and schedules the
next, so that a user can schedule events between steps. While that event is alone in the list there
is nothing between steps; `leap` then moves the clock and the waiting event by whole steps at once,
which is what Mesa would have done, without making and comparing events.

    steps += n,  time += n,  time of the waiting event += n
"""

from typing import Any


def waiting_step(model: Any) -> Any:
    """Mesa's event of the next step."""
    return model._default_schedule._current_event


def nothing_between_steps(model: Any) -> bool:
    """Is the next step the only thing that is scheduled?"""
    events = model._event_list._events
    return len(events) == 1 and events[0] is waiting_step(model)


def leap(model: Any, steps: int) -> None:
    """Move Mesa's clock on by `steps`; only when there is nothing between them."""
    model.time += float(steps)
    model.steps += steps
    waiting_step(model).time += float(steps)
