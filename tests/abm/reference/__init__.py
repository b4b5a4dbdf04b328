"""The twin against the engine."""
