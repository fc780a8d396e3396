"""What a comparison trains: rows, the trials that tune them, and the options and folder of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf

from mmf_mixer.benchmark.section import FUSED, MAJORITY, RowConfig, Section, reference, root_named
from mmf_mixer.benchmark.tuning import Point, as_options, points
from mmf_mixer.errors import InputError
from mmf_mixer.paths import data_root


@dataclass(frozen=True)
class Plan:
    """What to compare. `options` are MMF options common to all rows; `use` lists sets of modalities.

    Attributes:
        models: names of rows: entries of the section, registered models, `majority`, and those of `FUSED`.
        single: modalities that the reference (`section.reference`) also gets one at a time.
        fractions: of the training clips; above 1 their number.
        trials: trainings that tune each row at each fraction.
        section, config: the config's `benchmark` section, and the config as `read_config` gives it.
        jobs: trainings at once.

    Raises:
        InputError: late fusion without the single modalities that it fuses, numbers that make no sense, or a tuning
            that is not independent of the reported seeds or has too few points.
    """

    options: tuple[str, ...]
    models: tuple[str, ...]
    use: tuple[str, ...]
    seeds: tuple[int, ...]
    out: Path
    single: tuple[str, ...] = ()
    fractions: tuple[float, ...] = (1.0,)
    trials: int = 0
    jobs: int = 1
    section: Section = field(default_factory=Section)
    config: DictConfig = field(default_factory=OmegaConf.create)

    def __post_init__(self) -> None:
        self._check_numbers()
        if self.trials and self.section.tuning_seed in self.seeds:
            raise InputError(
                f"compare: seed {self.section.tuning_seed} is that of the tuning; report others, or set "
                "benchmark.tuning_seed to another."
            )
        for study in self.studies():
            self.tried(study)
            missing = set(study.modalities) - set(self.single)
            if study.name in FUSED and missing:
                raise InputError(
                    f"compare: {study.name} wants rows of single modalities, and {', '.join(sorted(missing))} has "
                    f"none; add single={','.join(study.modalities)}."
                )

    def _check_numbers(self) -> None:
        for name in ("models", "use", "seeds", "fractions"):
            values = getattr(self, name)
            if not values or len(set(values)) < len(values):
                raise InputError(f"compare: {name} are {', '.join(map(str, values)) or 'none'}; name each once.")
        for fraction in self.fractions:
            if not (0 < fraction <= 1 or (fraction > 1 and fraction == int(fraction))):
                raise InputError(
                    f"compare: fraction {fraction:g} is none; it is above 0 and up to 1, or a whole number of clips."
                )
        for name, least in (("trials", 0), ("jobs", 1)):
            if getattr(self, name) < least:
                raise InputError(f"compare: {name} is {getattr(self, name)}, but at least {least}.")

    def studies(self) -> list["Study"]:
        """By fraction: each single modality with the reference, then every model with every set of modalities.

        Majority looks at nothing, and so has no set of modalities; late fusion wants several.
        """
        found = []
        for fraction in self.fractions:
            found += [Study(self.single_name, modality, fraction) for modality in self.single]
            for name, use in product(self.models, self.use):
                if name == MAJORITY:
                    found.append(Study(name, self.use[0], fraction))
                elif name not in FUSED or "," in use:
                    found.append(Study(name, use, fraction))
        return list(dict.fromkeys(found))

    @property
    def single_name(self) -> str:
        """The model that also gets single modalities. Raises InputError if none is trained."""
        if not set(self.models) - {MAJORITY, *FUSED}:
            raise InputError("compare: no model to train on single modalities; name one in models=, or say single= .")
        return reference(self.models)

    @property
    def root(self) -> Path | None:
        """The dataset folder, if options or config name it."""
        return root_named(self.config, self.options)

    def tried(self, study: "Study") -> list[Point]:
        """What the trials of a study set. What is not trained has none."""
        if study.name in (MAJORITY, *FUSED):
            return []
        entry = self.section.entry(study.name)
        as_it_is = self._as_it_is(entry) if entry.search else {}
        return points(study.name, entry.search, self.trials, self.section.tuning_seed, as_it_is)

    def _as_it_is(self, entry: RowConfig) -> Point:
        """What a row's options that are searched have when nothing is tuned, as far as config and options say."""
        defaults = data_root() / "configs" / "models" / entry.model / "defaults.yaml"
        config = OmegaConf.merge(OmegaConf.load(defaults) if defaults.is_file() else {}, self.config)
        given = {name: yaml.safe_load(value) for name, _, value in (option.partition("=") for option in self.options)}
        given |= entry.options
        return {name: given[name] if name in given else OmegaConf.select(config, name) for name in entry.search}

    def trial_options(self, study: "Study", point: Mapping[str, Any]) -> list[str]:
        """MMF options of a trial, which never looks at the test split."""
        return [*self._options(study, self.section.tuning_seed, point), "run_type=train_val"]

    def row_options(self, study: "Study", seed: int, tuned: Mapping[str, Any]) -> list[str]:
        """MMF options of the training that is reported."""
        return self._options(study, seed, tuned)

    def trial_folder(self, study: "Study", number: int) -> Path:
        """Where a trial is trained."""
        return self.out / "trials" / study.folder / str(number)

    def row_folder(self, study: "Study", seed: int) -> Path:
        """Where a row is trained and leaves what it found."""
        return self.out / "runs" / f"{study.folder}-seed{seed}"

    def _options(self, study: "Study", seed: int, settings: Mapping[str, Any]) -> list[str]:
        entry: RowConfig = self.section.entry(study.name)
        own = {"model": entry.model, "fusion.use": study.use, "training.seed": seed}
        if study.fraction != 1:
            own["dataset_config.clips.fraction"] = study.fraction
        options = [*self.options, *as_options({**own, **entry.options, **settings})]
        values = {"{fraction}": f"{study.fraction:g}", "{seed}": str(seed)}
        return [_filled(option, values) for option in options]


@dataclass(frozen=True)
class Study:
    """A row of the table: a name, a set of modalities, and a fraction. It is tuned once, and trained with each seed."""

    name: str
    use: str
    fraction: float

    @property
    def modalities(self) -> list[str]:
        """The modalities that the row's model reads; none, if it looks at nothing."""
        return [] if self.name == MAJORITY else self.use.split(",")

    @property
    def folder(self) -> str:
        """Its name as part of a path."""
        return f"{self.name}-{self.use.replace(',', '+')}-{self.fraction:g}"

    def __str__(self) -> str:
        return f"{self.name} on {' + '.join(self.modalities) or 'nothing'}, fraction {self.fraction:g}"


def _filled(option: str, values: Mapping[str, str]) -> str:
    for place, value in values.items():
        option = option.replace(place, value)
    return option
