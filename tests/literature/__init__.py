"""Worked examples of the literature, one file per source: the inputs, the answer, the place."""
