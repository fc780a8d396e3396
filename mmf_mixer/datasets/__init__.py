"""MMF's data sets over a dataset folder and over a feature store."""
