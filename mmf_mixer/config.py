"""What our YAML files may ask for: `${modalities:}`, `${num_labels:}`, `${random_bert:…}`.

The first two let all models read one list of modalities and one data set, so that `model=` on the command
line is the whole difference between two runs.
"""

import os
import tempfile
from pathlib import Path

from mmf.utils.configuration import resolve_cache_dir
from omegaconf import DictConfig, ListConfig, OmegaConf

from mmf_mixer.data.folder import read_labels, root_of
from mmf_mixer.errors import InputError
from mmf_mixer.ours import has_our_data
from mmf_mixer.settings import register_resolver


def picked_modalities(*, _root_: DictConfig) -> ListConfig:
    """The entries of `fusion.modalities` that `fusion.use` names, in that order; none where neither they nor a data set
    of ours is there, as when somebody only looks at a model's defaults.

    Raises:
        InputError: there is no `fusion.modalities`, or `fusion.use` names a modality that it lacks.
    """
    if not (_root_.get("fusion") or {}).get("modalities"):
        if OmegaConf.select(_root_, "datasets") and not has_our_data(_root_):
            return ListConfig([])
        raise InputError("the config has no fusion.modalities; take configs/fusion.yaml as a pattern for yours.")
    known = _root_.fusion.modalities
    wanted = _root_.fusion.use
    names = wanted.strip("[]").split(",") if isinstance(wanted, str) else list(wanted)
    names = [str(name).strip(" '\"") for name in names]
    for name in names:
        if name not in known:
            raise InputError(f"fusion.use names '{name}', but fusion.modalities has {', '.join(known)}.")
    return ListConfig([OmegaConf.to_container(known[name], resolve=True) for name in names])


def dataset_root(config: DictConfig) -> Path:
    """The dataset folder of the data set that a run uses.

    Raises:
        InputError: none is set.
    """
    dataset = str(config.datasets)
    settings = config.dataset_config.get(dataset) or {}
    root = settings.get("root")
    if not root:
        raise InputError(f"dataset_config.{dataset}.root is not set; give it the path of a dataset folder.")
    return root_of(root)


def number_of_labels(*, _root_: DictConfig) -> int | None:
    """How many labels the run's dataset folder has, over all groups; None if its data set has no such folder."""
    name = str(_root_.datasets)
    if not has_our_data(_root_) and not (_root_.dataset_config.get(name) or {}).get("root"):
        return None
    return len(read_labels(dataset_root(_root_)))


def random_bert(hidden: int, layers: int, heads: int, seed: int = 0) -> str:
    """A folder with a BERT of that size and random weights, made once: MMFTransformer wants a folder to load.

    Its vocabulary is a stub, since the text modality brings tokens from an encoder of its own.
    """
    folder = Path(resolve_cache_dir()) / f"random-bert-{hidden}x{layers}x{heads}-{seed}"
    if not folder.is_dir():
        import torch
        from transformers import BertConfig, BertModel

        size = {"hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": heads}
        settings = BertConfig(vocab_size=32, intermediate_size=4 * hidden, **size)
        with torch.random.fork_rng(), tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            torch.manual_seed(seed)
            BertModel(settings).save_pretrained(f"{scratch}/bert")
            try:
                os.replace(f"{scratch}/bert", folder)
            except OSError:
                if not folder.is_dir():  # or another process has just made the same
                    raise
    return str(folder)


register_resolver("modalities", picked_modalities)
register_resolver("num_labels", number_of_labels)
register_resolver("random_bert", random_bert)
