"""What a trained model looks at: stencils, contributions, and how faithful they are."""
