"""The dataset folder, and the words for what is in it: clips, labels, splits."""
