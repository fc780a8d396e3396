"""The order of samples, and their variations: by seed, epoch and index alone."""
