"""From stored results to figures, numbers and a report.

Reads files only: one results folder as `experiments` leaves it, never the simulator. The path is

    load -> estimators, contrasts, frontier -> figures, summary, claims -> report

and `build` walks it. Everything written is a function of the folder's bytes: intervals use fixed
seeds and images carry no dates.
"""
