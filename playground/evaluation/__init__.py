"""What a trained network does on its test set, in detail: classes, calibration, mistakes, and its last features in 2-D."""
