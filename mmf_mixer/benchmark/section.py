"""The `benchmark` section of a config: which rows a comparison has besides the registered models, and their tuning.

```yaml
benchmark:
  models: [majority, concat_mlp, wide, mmf_mixer]         # the rows if the command names none
  trials: 6                                               # trainings that tune each row, at each fraction
  tuning_seed: 1000                                       # of those trainings and of the search
  search: {optimizer.params.lr: [0.0003, 0.001, 0.003]}   # values that trials try, of all rows
  rows:
    wide:
      model: mmf_mixer                                    # the row's own name if left out
      options: {model_config.mmf_mixer.channels: 256}     # MMF options
      search: {model_config.mmf_mixer.dropout: [0.1, 0.3]}
```

It is read without MMF, which would take longer than all else that a comparison does when it knows every row already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from mmf_mixer.data.folder import root_of
from mmf_mixer.errors import InputError
from mmf_mixer.paths import data_root
from mmf_mixer.protocols import Json
from mmf_mixer.settings import read_with_includes

MAJORITY, LATE_FUSION, MISMATCH_REFERENCE = "majority", "late_fusion", "mismatch_reference"  # rows of our own making
FUSED = (LATE_FUSION, MISMATCH_REFERENCE)  # made of the scores of single modalities, and not trained
REFERENCE = "mmf_mixer"  # the model that the others are compared with
Options = Mapping[str, Any]


def reference(names: Sequence[str]) -> str:
    """The row that the others are compared with, and that is also trained on single modalities: the Mixer if it is
    among these, else the last that is trained at all, else the last."""
    trained = [name for name in names if name not in (MAJORITY, *FUSED)]
    return REFERENCE if REFERENCE in names else (trained or names)[-1]


@dataclass(frozen=True)
class RowConfig:
    """One row: a registered model, and what its trainings do otherwise."""

    model: str
    options: Options = field(default_factory=dict)
    search: Mapping[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """The section, checked. A name without an entry of its own stands for the registered model of that name."""

    models: tuple[str, ...] = ()
    trials: int = 0
    tuning_seed: int = 1000
    search: Mapping[str, list[Any]] = field(default_factory=dict)
    rows: Mapping[str, RowConfig] = field(default_factory=dict)

    def entry(self, name: str) -> RowConfig:
        """What the row of that name is, with the values that its trials try."""
        if name == MAJORITY:
            return RowConfig(MAJORITY, {"run_type": "val_test"})
        entry = self.rows.get(name, RowConfig(name))
        return RowConfig(entry.model, entry.options, {**self.search, **entry.search})


def read_config(path: str) -> DictConfig:
    """A config with its `includes`, as MMF reads it, without MMF's defaults.

    Raises:
        InputError: it is missing or no YAML, or `includes` is no list.
    """

    def find(name: str, includer: str | None) -> str:
        places = [Path(name), data_root() / name, *([Path(includer).parent / name] if includer else [])]
        return str(next(filter(Path.is_file, places), name))

    return read_with_includes(path, find)


def root_named(config: DictConfig, options: Sequence[str]) -> Path | None:
    """The dataset folder that options of a run name, or else its config."""
    given = [option.partition("=") for option in options]
    named = [value for name, _, value in given if name.startswith("dataset_config.") and name.endswith(".root")]
    if named:
        return root_of(named[-1])
    root = OmegaConf.select(config, "dataset_config.clips.root")
    return root_of(root) if root else None


def section_of(config: DictConfig) -> Section:
    """The `benchmark` section of a config; without one, that of a comparison which tunes nothing.

    Raises:
        InputError: a key that means nothing, or a value of the wrong kind.
    """
    given = _mapping("benchmark", OmegaConf.to_container(config).get("benchmark"), *Section.__dataclass_fields__)  # type: ignore[union-attr]
    rows = {
        str(name): _entry(str(name), body) for name, body in _mapping("benchmark.rows", given.pop("rows", {})).items()
    }
    search = _search("benchmark", given.pop("search", {}))
    models = given.pop("models", [])
    if not isinstance(models, list):
        raise InputError("benchmark.models: write a list of names.")
    for name, value in given.items():
        if type(value) is not int or value < 0:
            raise InputError(f"benchmark.{name} is {value!r}; write a whole number.")
    return Section(models=tuple(map(str, models)), search=search, rows=rows, **given)


def _entry(name: str, body: object) -> RowConfig:
    where = f"benchmark.rows.{name}"
    if name in (MAJORITY, *FUSED):
        raise InputError(f"{where}: this row is given; choose another name.")
    given = _mapping(where, body, *RowConfig.__dataclass_fields__)
    options = _mapping(f"{where}.options", given.get("options"))
    return RowConfig(str(given.get("model", name)), options, _search(where, given.get("search")))


def _search(where: str, body: object) -> dict[str, list[Any]]:
    found = _mapping(f"{where}.search", body)
    for option, values in found.items():
        if not isinstance(values, list) or not values:
            raise InputError(f"{where}.search: {option} needs a list of values to try.")
    return found


def _mapping(where: str, body: object, *known: str) -> Json:
    found = {} if body is None else body
    if not isinstance(found, dict):
        raise InputError(f"{where}: write a mapping from names to values.")
    for name in found:
        if known and name not in known:
            raise InputError(f"{where}: there is no key {name!r}; it has {', '.join(known)}.")
    return {str(name): value for name, value in found.items()}
