"""Losses, metrics and thresholds of label groups: pure functions, and what registers them with MMF."""
