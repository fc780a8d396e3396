"""Media files decoded in a window of time: frames, sound and captions."""
