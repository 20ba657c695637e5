"""A learner's own images: a zip of folders becomes a data set that can be trained on."""
