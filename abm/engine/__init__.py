"""The simulation without Mesa: scenario, world, tick, run, outcomes."""
