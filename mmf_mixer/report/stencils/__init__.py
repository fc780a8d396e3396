"""The page of a run's stencils."""
