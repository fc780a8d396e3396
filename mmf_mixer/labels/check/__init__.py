"""What is wrong with a dataset folder, all of it at once, before anything is trained on it."""
