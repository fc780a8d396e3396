"""Trainings side by side, and what chance has to do with their differences."""
