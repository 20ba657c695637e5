"""Autograd: the real graph of a learner's program, its derivatives as formulas and as mathematics, and their proof."""
