"""From features that somebody has made already to a dataset folder with its store."""
