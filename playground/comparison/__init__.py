"""Runs side by side: their curves, what differs in their settings, what came of it, and files to take along."""
