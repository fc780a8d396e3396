"""From what a reader has found to a dataset folder."""
