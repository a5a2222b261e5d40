"""How fast the training step is, and whether it is right: `python -m benchmarks`.

Everything is measured as a ratio within one run, since times alone say more about a
machine than about code.
"""
