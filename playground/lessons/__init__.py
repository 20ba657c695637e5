"""Failure lessons: a mistake and its cure, run side by side."""
