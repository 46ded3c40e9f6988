"""The gate: what a channel would be after an act, and whether anybody's packages would stop to be installable.

Decided here, from values alone: solver, clock and test results are handed in. `judging.judge` is the way in.
"""
