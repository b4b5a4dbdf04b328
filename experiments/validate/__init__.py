"""Validation: the field's claims and the 10 October 2025 record, recomputed.

`adlab validate theory` runs every checkable claim of the two papers as a small experiment with a
verdict; `adlab validate oct10` recomputes the published numbers of the event from their data.
"""
