"""The feature store: what frozen encoders made, in files that cannot run code."""
