"""One file per source: its worked examples, with its digits."""
