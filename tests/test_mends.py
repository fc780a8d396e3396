"""The order of the mends: of several that wrap one function, which is outermost."""

from collections import defaultdict

import pytest

import mmf_mixer.mends  # noqa: F401
from mmf_mixer.compat.mending import MENDS

ORDERS = {
    "mmf.trainers.base_trainer": [
        "package_trainer_without_gpus",
        "package_trainer_evaluates_shares",
        "package_trainer_weighs_shares",
        "package_trainer_ends_with_evaluations",
        "package_trainer_on_xla",
        "bfloat16",
        "package_predictions_of_trained_models",
        "training_loop",
        "exact_resume",
        "validated_and_then_saved",
    ],
    "mmf.trainers.mmf_trainer": ["source_trainer_ends_with_evaluations", "source_predictions_of_trained_models"],
    "mmf.trainers.core.evaluation_loop": ["source_trainer_evaluates_shares", "source_trainer_calibrates"],
    "mmf.utils.build": [
        "trainer_is_registered",
        "run_on_record",
        "encoders_by_name",
        "evaluation_in_order",
        "persistent_workers",
        "training_in_an_order_of_its_own",
        "samples_vary_by_seed_and_epoch",
    ],
}


@pytest.mark.parametrize("module", ORDERS)
def test_wrappers_of_one_function_are_applied_in_this_order(module: str) -> None:
    found = defaultdict(list)
    for mend in MENDS:
        found[mend.module].append(mend.name)
    assert found[module] == ORDERS[module]
