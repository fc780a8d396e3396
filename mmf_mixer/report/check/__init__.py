"""The page of a checked dataset folder."""
