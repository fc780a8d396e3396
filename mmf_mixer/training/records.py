"""What a run writes down about itself: its encoders with their weights, and its labels."""

import logging
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from omegaconf import DictConfig

from mmf_mixer.compat.mending import mend
from mmf_mixer.files import write_json
from mmf_mixer.processes import is_main_process
from mmf_mixer.protocols import Json

MMF_LOG = logging.getLogger("mmf.train")  # the one that both releases show


@mend("mmf.utils.build")
def trainer_is_registered(module: ModuleType) -> bool:
    """MMF's commands return nothing; registry.get("trainer") lets a caller see what the run has made."""
    from mmf.common.registry import registry

    stock = module.build_trainer

    @wraps(stock)
    def build_trainer(config: DictConfig) -> Any:
        trainer = stock(config)
        registry.register("trainer", trainer)
        return trainer

    module.build_trainer = build_trainer  # type: ignore[attr-defined]
    return True


@mend("mmf.utils.build")
def run_on_record(module: ModuleType) -> bool:
    """MMF does not keep by which weights its encoders work, nor the labels: a run writes encoders.json, labels.json."""
    from mmf.common.registry import registry

    stock = module.build_trainer

    @wraps(stock)
    def build_trainer(config: DictConfig) -> Any:
        trainer = stock(config)
        stock_load = trainer.load

        def load() -> None:
            stock_load()
            if is_main_process():
                goes_on = getattr(trainer, "left_off", None) is not None
                record = record_encoders(config, trainer.model, goes_on)
                record_labels(config)
                if config.datasets == "clip_features":
                    registry.get("feature_store").check_weights(record)

        trainer.load = load
        return trainer

    module.build_trainer = build_trainer  # type: ignore[attr-defined]
    return True


def record_encoders(config: DictConfig, model: Any, goes_on: bool = False) -> Json:
    """Log the encoder of each modality with its weights' SHA-256, and write `encoders.json` to `env.save_dir`:
    `{key: {"type", "params", "weights"}}`, which is returned, with `origin` of a Hugging Face model. A model without a
    list of modalities has none. A run that goes on leaves the file of its beginning, as training has since changed the
    encoders that are not frozen."""
    from mmf_mixer.encoders.recipes import encoder_recipe, encoders_of, origin_of
    from mmf_mixer.encoders.weights import weights_digest

    record: Json = {}
    for key, settings, encoder in encoders_of(getattr(model, "module", model)):  # wrapped for several devices
        weights = weights_digest(encoder) if [*encoder.parameters()] else None
        origin = {"origin": found} if (found := origin_of(encoder)) else {}
        record[key] = encoder_recipe(settings) | {"weights": weights} | origin
        MMF_LOG.info("Encoder of %s: %s, SHA-256 of its weights %s", key, record[key]["type"], weights)
    folder = Path(config.env.save_dir)
    if record and not (goes_on and (folder / "encoders.json").exists()):
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "encoders.json", record)
    return record


def record_labels(config: DictConfig) -> None:
    """Write the labels to `env.save_dir`: to `labels.json` their names in the order of the scores, and `labels.yaml` as
    the dataset folder has it, which may be elsewhere when the run is used."""
    from mmf_mixer.data.writing import write_labels
    from mmf_mixer.registered import has_label_groups, label_groups_of

    if has_label_groups(config.datasets):
        folder = Path(config.env.save_dir)
        folder.mkdir(parents=True, exist_ok=True)
        labels = label_groups_of(config.datasets)
        write_json(folder / "labels.json", labels.names)
        write_labels(folder, labels)
