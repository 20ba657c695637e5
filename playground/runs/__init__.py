"""What is true of a run beside its training: its name, its owner, its end in the bin; none of it needs torch."""
