"""Tensors: a learner's program run step by step, with what each step made, where it lies and which inputs made it."""
