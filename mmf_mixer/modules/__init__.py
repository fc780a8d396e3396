"""Layers: the Mixer, the token stage, pooling, heads for single modalities, and which of these agree."""
