"""What MMF's trainer lacks: exact resume, safe checkpoints, and devices."""
