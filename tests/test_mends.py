"""The order of the mends: of several that wrap one function, which is outermost."""

from collections import defaultdict

import pytest

import mmf_mixer.mends  # noqa: F401
from mmf_mixer.compat.mending import MENDS

ORDERS = {
    "mmf.utils.build": [
        "trainer_is_registered",
        "run_on_record",
        "encoders_by_name",
        "evaluation_in_order",
        "persistent_workers",
        "training_in_an_order_of_its_own",
        "samples_vary_by_seed_and_epoch",
    ],
    "mmf.utils.distributed": [
        "ranks_of_any_backend",
        "gloo_without_a_gpu",
        "a_gpu_for_each_process",
        "addresses_of_this_attempt",
        "errors_of_several_processes",
        "processes_without_gpus",
        "collectives_rest_while_apart",
    ],
}


@pytest.mark.parametrize("module", ORDERS)
def test_wrappers_of_one_function_are_applied_in_this_order(module: str) -> None:
    found = defaultdict(list)
    for mend in MENDS:
        found[mend.module].append(mend.name)
    assert found[module] == ORDERS[module]
