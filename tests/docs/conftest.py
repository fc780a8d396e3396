from tests.interpret.conftest import _trained, data, run_folder  # noqa: F401
