"""A comparison looked up by name."""

from typing import Any

from mmf_mixer.benchmark.answers import Entry
from mmf_mixer.report.comparison.results import PRECISION, Comparison
from tests.benchmark.fabricated import KEYS


def test_entries_models_and_fractions(comparison: dict[str, Any]) -> None:
    found = Comparison(comparison)
    assert found.fractions == [0.25, 1.0] and found.seeds == 3
    assert found.models == ["majority", "concat_mlp", "mmf_transformer", "mmf_mixer", "broken"]
    assert found.reference == "mmf_mixer" and found.widest == KEYS
    assert [entry.model for entry in found.of(0.25)] == found.models[:4]
    assert found.of(1.0)[-2:] == [Entry("mmf_mixer", ("text",), 1.0), Entry("broken", KEYS, 1.0)]
    assert [row["model"] for row in found.failures] == ["broken"]


def test_an_entry_is_named_by_its_modalities_unless_it_has_all_or_none(comparison: dict[str, Any]) -> None:
    found = Comparison(comparison)
    named = [found.name(Entry("one", modalities, 1.0)) for modalities in (KEYS, (), ("text", "audio"))]
    assert named == ["one", "one", "one on text + audio"]


def test_tests_are_found_from_the_other_entry(comparison: dict[str, Any]) -> None:
    found = Comparison(comparison)
    test = found.against(Entry("concat_mlp", KEYS, 0.25), PRECISION)
    assert test is not None and (test["a"], test["b"], test["fraction"]) == ("mmf_mixer", "concat_mlp", 0.25)
    assert found.against(found.lead(0.25), PRECISION) is None


def test_costs_are_medians_of_what_there_is(comparison: dict[str, Any]) -> None:
    found = Comparison(comparison)
    assert found.cost(found.lead(1.0), "ms_per_step") == 28.0  # of 27, 28 and 29
    assert found.cost(Entry("majority", KEYS, 1.0), "ms_per_step") is None
    assert found.cost(Entry("broken", KEYS, 1.0), "params") is None


def test_fractions_in_words(comparison: dict[str, Any]) -> None:
    found = Comparison(comparison)
    assert found.clips(1.0) == "all 400 training clips" and found.clips(0.25) == "100 training clips"
    assert found.clips(50) == "50 training clips" and found.clips(400) == "all 400 training clips"
    unknown = Comparison({**comparison, "training_clips": None})
    assert unknown.clips(0.25) == "25 % of the training clips" and unknown.clips(1.0) == "all training clips"
    assert unknown.size(0.25) == 0.25
