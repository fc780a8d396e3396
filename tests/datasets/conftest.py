from tests.store.conftest import _made, config, folder, store  # noqa: F401  (for test_features.py)
