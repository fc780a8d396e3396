from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from omegaconf import OmegaConf

from mmf_mixer.errors import InputError
from mmf_mixer.settings import forget_params, read_params


@dataclass
class Tea:
    cups: int = 2
    milk: Literal["first", "last"] = "last"
    sugar: float | None = None
    biscuits: list[str] = field(default_factory=list)


def test_defaults_and_given_values_with_their_types() -> None:
    config = OmegaConf.create({"much": 3, "tea": {"cups": "${much}", "sugar": 1}})

    assert read_params("tea", Tea, config.tea) == Tea(cups=3, sugar=1.0)
    assert read_params("tea", Tea, None) == read_params("tea", Tea, {}) == Tea()


def test_settings_that_are_asked_for_twice_are_not_shared() -> None:
    read_params("tea", Tea, {"biscuits": ["one"]}).biscuits.append("two")
    assert read_params("tea", Tea, {"biscuits": ["one"]}).biscuits == ["one"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cup": 1}, "tea: nothing reads 'cup': did you mean 'cups'?"),
        ({"zzz": 1}, "tea: nothing reads 'zzz': known are cups, milk, sugar, biscuits."),
        ({"cups": "many"}, "tea: cups cannot be 'many'; it is int."),
        ({"cups": None}, "tea: cups cannot be None; it is int."),
        ({"sugar": "much"}, "tea: sugar cannot be 'much'; it is float | None."),
        ({"milk": "never"}, "tea: milk cannot be 'never'; it is Literal['first', 'last']."),
    ],
)
def test_a_wrong_key_is_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_params("tea", Tea, given)

    assert str(caught.value) == message


def test_a_processor_of_another_type_takes_over_no_params() -> None:
    tea = {"type": "tea", "params": {"cups": 2}}
    earlier = OmegaConf.create({"a": {"hot_processor": tea, "cold_processor": tea, "encoder": tea, "other": tea}})
    later = {"hot_processor": {"type": "coffee"}, "cold_processor": {"params": {"cups": 3}}, "encoder": {"type": "tea"}}

    forget_params(earlier, OmegaConf.create({"a": later | {"other": {"type": "coffee"}}}))

    assert earlier.a.hot_processor.params == {}
    assert earlier.a.cold_processor == earlier.a.encoder == earlier.a.other == tea
