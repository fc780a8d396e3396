"""Run by test_source.py beside MMF's source release: trains the stock mmf_transformer through MMF on data in memory.

usage: train_stock.py BERT SAVE MODALITIES, with MODALITIES such as audio,text. Prints what it has seen as JSON.
"""

import json
import sys

import torch

import mmf_mixer  # noqa: F401  # mends MMF

from mmf.common.registry import registry  # isort: skip  # after the mends
from mmf.common.sample import Sample
from mmf.datasets.base_dataset import BaseDataset
from mmf.datasets.base_dataset_builder import BaseDatasetBuilder
from mmf_cli.run import run
from transformers import BertModel

TEXT = "{type: text, key: text, embedding_dim: 16, segment_id: 0}"
ENCODED = "{type: text, key: text, embedding_dim: 16, segment_id: 0, consume_raw: false, encoder: {type: words}}"
AUDIO = "{type: audio, key: audio, embedding_dim: 6, segment_id: 1}"
VIDEO = "{type: video, key: video, embedding_dim: 5, segment_id: 2}"
MODALITIES = {"text": TEXT, "encoded": ENCODED, "audio": AUDIO, "video": VIDEO}


class Words(torch.nn.Module):
    """An encoder of token ids, B x T -> B x T x 16."""

    def __init__(self, config: object) -> None:
        super().__init__()
        self.table = torch.nn.Embedding(20, 16)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.table(ids)


class Remembered(BaseDataset):
    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> Sample:
        generator = torch.Generator().manual_seed(index)
        sample = Sample()
        sample.text = torch.randint(20, (7,), generator=generator)
        sample.audio = torch.randn(3, 6, generator=generator)
        sample.video = torch.randn(2, 5, generator=generator)
        for key, length in (("text", 7), ("audio", 3), ("video", 2)):
            sample[f"{key}_mask"] = torch.ones(length, dtype=torch.long)
        sample.targets = torch.tensor(index % 2)
        return sample


class RememberedBuilder(BaseDatasetBuilder):
    def __init__(self) -> None:
        super().__init__("remembered")

    def build(self, *args: object) -> None: ...

    def load(self, config: object, dataset_type: str, *args: object) -> Remembered:
        return Remembered("remembered", config, dataset_type)


def main(bert: str, save: str, names: str) -> None:
    registry.register_builder("remembered")(RememberedBuilder)
    registry.mapping["encoder_name_mapping"]["words"] = Words
    run(
        [
            "config=" + write_config(save, names.split(","), bert),
            "model=mmf_transformer",
            "dataset=remembered",
            f"env.save_dir={save}",
            "training.max_updates=2",
            "training.batch_size=2",
            "training.num_workers=0",
            "training.tensorboard=false",
            "training.evaluation_interval=2",
            "training.seed=1",
        ]
    )
    trainer = registry.get("trainer")
    start = BertModel.from_pretrained(bert).embeddings.position_embeddings.weight  # each modality has a copy
    moved = not torch.equal(start, trainer.model.backend.embeddings.pos_embeddings[0].weight)
    print(json.dumps({"model": type(trainer.model).__module__, "updates": trainer.num_updates, "moved": moved}))


def write_config(folder: str, names: list[str], bert: str) -> str:
    lines = [
        "model_config:",
        "  mmf_transformer:",
        f"    transformer_base: {bert}",
        "    num_labels: 2",
        "    losses: [{type: cross_entropy}]",
        "    heads: [{type: mlp, num_labels: 2, in_dim: 32, hidden_size: 32}]",
        "    modalities:",
        *(f"    - {MODALITIES[name]}" for name in names),
        "dataset_config: {remembered: {}}",
        "evaluation: {metrics: [accuracy]}",
        "optimizer: {type: AdamW, params: {lr: 0.001}}",
    ]
    path = f"{folder}/config.yaml"
    with open(path, "w") as file:
        file.write("\n".join(lines))
    return path


if __name__ == "__main__":
    main(*sys.argv[1:])
