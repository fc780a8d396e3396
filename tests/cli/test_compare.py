"""The options of `mmf_mixer compare`."""

import pytest

from mmf_mixer.cli.compare import parse
from mmf_mixer.errors import InputError


def test_own_options_are_parted_from_those_of_mmf() -> None:
    own, shared = parse(["config=a.yaml", "seeds=1,2", "training.params=x=1", "out=results", "jobs=2"])
    assert own == {"seeds": "1,2", "out": "results", "jobs": "2"}
    assert shared == ["config=a.yaml", "training.params=x=1"]


@pytest.mark.parametrize(
    ("options", "message"), [(["out=x", "fast"], "'fast' is not of the form"), (["seeds=1"], "out=DIR")]
)
def test_bad_options_get_one_sentence(options: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(options)
