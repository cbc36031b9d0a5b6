"""Flavorformer's layers, one file each, with formula, shapes and source. What is wired here is wired in `step`."""

# Width of a token, of the memory and of the recurrence (design choice).
WIDTH = 96
