"""The metric `tuned_macro_f1`, which tunes thresholds on the validation split and saves what it finds of each label.

It is a metric since those are shown all scores of a split. In the evaluations that end a run, which are of the weights
that it keeps, it writes into `env.save_dir`:

    thresholds.json    {label: threshold} of the open groups, tuned on validation
    per_label.json     {split: {label: {"average_precision", "f1", "threshold", "positives", "training_positives"}}}
"""

from pathlib import Path

import numpy as np
import torch
from mmf.common.registry import registry
from mmf.modules.metrics import BaseMetric
from mmf.utils.configuration import get_mmf_env
from torch import Tensor

from mmf_mixer.data.clip import Labels
from mmf_mixer.files import write_json
from mmf_mixer.measures.metrics import average_precisions, f1_of_labels
from mmf_mixer.measures.register import readable_on_cpu
from mmf_mixer.measures.thresholds import THRESHOLDS, Thresholds, decide, read_thresholds, tune
from mmf_mixer.processes import is_main_process
from mmf_mixer.registered import label_groups_of, training_positives_of
from mmf_mixer.training.evaluation import is_final_evaluation

PER_LABEL = "per_label.json"
Row = dict[str, float | None]


def per_label(
    scores: Tensor, targets: Tensor, labels: Labels, thresholds: Thresholds, training_positives: Tensor
) -> dict[str, Row]:
    """The row of each label in `per_label.json`; `average_precision` is None without a positive clip."""
    columns = zip(
        average_precisions(scores, targets, labels).tolist(),
        f1_of_labels(decide(scores, labels, thresholds), targets).tolist(),
        targets.sum(dim=0).long().tolist(),
        training_positives.tolist(),
        strict=True,
    )
    return {
        name: {
            "average_precision": None if np.isnan(precision) else precision,
            "f1": f1,
            "threshold": thresholds.get(name),
            "positives": positives,
            "training_positives": training,
        }
        for name, (precision, f1, positives, training) in zip(labels.names, columns, strict=True)
    }


@registry.register_metric("tuned_macro_f1")
class TunedMacroF1(BaseMetric):  # type: ignore[misc]  # MMF has no types
    """F1 of each label at its threshold, averaged over the labels that have a positive clip.

    On `val`, where thresholds are tuned, it flatters.

    Other splits are judged by the thresholds that the run's final validation has tuned. A run that does not train
    takes those saved in `env.save_dir` if it validates nothing itself. Where there are none they are 0.5.
    """

    def __init__(self) -> None:
        super().__init__("tuned_macro_f1")
        self.thresholds: Thresholds = {}
        self.tables: dict[str, dict[str, Row]] = {}

    def calculate(
        self, sample_list: dict[str, Tensor], model_output: dict[str, Tensor], *_: object, **__: object
    ) -> Tensor:
        split, dataset = str(sample_list["dataset_type"]), str(sample_list["dataset_name"])
        labels, positives = label_groups_of(dataset), training_positives_of(dataset)
        scores, targets = readable_on_cpu(sample_list, model_output)
        if len(scores) == 0:
            return torch.tensor(0.0)
        thresholds = tune(scores, targets, labels) if split == "val" else self._known()
        table = per_label(scores, targets, labels, thresholds, positives)
        if is_final_evaluation():
            self._save(split, thresholds, table)
        found = [float(row["f1"] or 0) for row in table.values() if row["positives"]]
        return torch.tensor(np.mean(found) if found else 0.0)

    def _known(self) -> Thresholds:
        folder = Path(get_mmf_env("save_dir"))
        trains = "train" in registry.get("config").run_type  # then what lies there is of an earlier run
        if self.thresholds or trains or not (folder / THRESHOLDS).exists():
            return self.thresholds
        return read_thresholds(folder)

    def _save(self, split: str, thresholds: Thresholds, table: dict[str, Row]) -> None:
        folder = Path(get_mmf_env("save_dir"))
        self.tables[split] = table
        if split == "val":
            self.thresholds = thresholds
        if is_main_process():
            write_json(folder / PER_LABEL, self.tables)
            if split == "val":
                write_json(folder / THRESHOLDS, thresholds)
