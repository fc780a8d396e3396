"""Several processes: how they start, share batches and join what they find."""
