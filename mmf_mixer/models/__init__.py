"""The shared trunk, the models that differ in their fusion only, and all of MMFTransformer."""
