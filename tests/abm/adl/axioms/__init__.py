"""Tests of the axioms: stored counterexamples replayed, known truths, the search itself."""
