"""Checkpoints that are whole or not there, and runs that go on as if they had never stopped."""
