"""A quick run on sound, picture and captions, and a video of its test clips one after the other."""

import json
import shutil
from pathlib import Path

import pytest
import torch
import yaml
from mmf.common.registry import registry
from torch import Tensor, nn

import tests.store.small as small
from mmf_mixer.annotate.annotator import Annotator
from mmf_mixer.data.folder import read_folder
from mmf_mixer.encoders.base import TokenEncoder
from mmf_mixer.synthetic.joined import join_clips


@registry.register_encoder("small_by_frame")
class SmallByFrame(TokenEncoder):
    """Each frame by itself, `B x T x 3 x 16 x 16 -> B x T x 5`."""

    out_dim = 5
    by_frame = True

    def __init__(self, config: object = None) -> None:
        super().__init__(config)
        weight = torch.randn(3 * 16 * 16, 5, generator=torch.Generator().manual_seed(0))
        self.weight = nn.Parameter(0.1 * weight)
        self.frames = 0
        self.freeze()

    def encode(self, values: Tensor) -> Tensor:
        self.frames += values.shape[1]
        return values.flatten(2) @ self.weight


@registry.register_encoder("small_text")
class SmallText(TokenEncoder):
    """`B x 12` token ids `-> B x 12 x 5`."""

    out_dim = 5

    def __init__(self, config: object = None) -> None:
        super().__init__(config)
        self.table = nn.Embedding.from_pretrained(
            torch.randn(30522, 5, generator=torch.Generator().manual_seed(1)), freeze=True
        )
        self.calls = 0
        self.freeze()

    def encode(self, values: Tensor) -> Tensor:
        self.calls += 1
        tokens: Tensor = self.table(values)
        return tokens


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `data`, a dataset folder, and `run`, the run of a few updates on it; not to be changed."""
    from mmf_cli.run import run

    made = tmp_path_factory.mktemp("annotate")
    root = small.make_folder(made / "data")
    config = small.write_config(made / "config.yaml", root)
    settings = yaml.safe_load(config.read_text())
    text = {"type": "caption_tokens", "params": {"tokenizer": "minilm", "length": 12}}
    settings["dataset_config"]["clips"]["processors"]["text_processor"] = text
    modalities = settings["fusion"]["modalities"]
    modalities["video"]["encoder"] = {"type": "small_by_frame"}
    modalities["text"] = modalities["video"] | {"type": "text", "key": "text", "encoder": {"type": "small_text"}}
    modalities["text"]["position_dim"] = 12
    settings["optimizer"] = {"type": "AdamW", "params": {"lr": 0.01}}
    settings["fusion"]["use"] = "text,audio,video"
    config.write_text(yaml.safe_dump(settings))
    run(small.options(config, env__save_dir=str(made / "run"), training__max_updates="10"))
    return made


@pytest.fixture
def run_folder(trained: Path, tmp_path: Path) -> Path:
    """The run's folder, a copy that a test may change."""
    shutil.copytree(trained / "run", tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def annotator(trained: Path) -> Annotator:
    return Annotator.load(trained / "run")


@pytest.fixture(scope="session")
def joined(trained: Path) -> Path:
    """Six clips in one file, pictures and sound as they are, with `.srt` beside it; the seconds of their joints are in
    `joints.json`."""
    folder = trained / "videos"
    folder.mkdir()
    clips = read_folder(trained / "data").splits["train"][:5]
    begins = join_clips([*clips, clips[0]], folder / "joined.mkv")
    (trained / "joints.json").write_text(json.dumps(begins))
    return folder / "joined.mkv"
