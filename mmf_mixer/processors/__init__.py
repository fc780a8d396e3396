"""Media to tensors, one file for each modality."""
