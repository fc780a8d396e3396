"""What MMF's trainer gains: exact resume, several processes, an order that follows from the seed, other devices."""
