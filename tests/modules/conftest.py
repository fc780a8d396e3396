from tests.features.conftest import _made, config, folder  # noqa: F401  (for test_tuned_metric.py)
