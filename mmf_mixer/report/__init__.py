"""Pictures and pages of what was measured. Nothing here runs a model."""
