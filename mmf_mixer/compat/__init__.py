"""Repairs of MMF, and of what libraries have dropped since: one named, explained function for each."""
