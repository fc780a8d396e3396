"""Tensors to tokens: one file for each modality, the registry, and the recipes by which features are known."""
