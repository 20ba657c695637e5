"""The data explorer of the Train tab: images, transforms, splits, loaders and kinds of data sets, all of them real ones."""
