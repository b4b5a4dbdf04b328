"""What is recorded of each venue of a world, for the table of venues."""

from abm.engine.record import Measure

VENUES: tuple[Measure, ...] = ()
"""Columns of the venues table after `venue`."""
