"""Weights that come back: read without executing anything, compared with the model name by name, and kept where they fit."""
