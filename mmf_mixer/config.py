"""What our YAML may ask for: `${modalities:}`, `${num_labels:}`, `${random_bert:…}`, `${tokens_of:…}`, `${width_of:…}`.

The first two let all models read one list of modalities and one data set, so that `model=` on the command
line is the whole difference between two runs. The last two know what an encoder gives, so that nobody has to say it.
"""

import json
import os
import tempfile
from copy import deepcopy
from functools import cache
from pathlib import Path

from mmf.utils.configuration import resolve_cache_dir
from omegaconf import DictConfig, ListConfig, OmegaConf

from mmf_mixer.data.clip import Clip
from mmf_mixer.data.folder import read_labels, root_of
from mmf_mixer.errors import InputError, first_sentence
from mmf_mixer.ours import has_our_data
from mmf_mixer.settings import register_resolver

NOTHING = Clip("", None, None, None, None, None, ())


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


def tokens_of(key: str, *, _root_: DictConfig) -> int:
    """How many tokens the encoder of a modality makes of what its processor gives. Raises InputError as `shape_of`."""
    return shape_of(key, _root_)[0]


def width_of(key: str, *, _root_: DictConfig) -> int:
    """How many numbers each of these tokens has. Raises InputError likewise."""
    return shape_of(key, _root_)[1]


def shape_of(key: str, root: DictConfig) -> tuple[int, int]:
    """T and D of a modality, from an encoder without weights and a clip with nothing in it.

    Raises:
        InputError: the config has no such modality, or its encoder cannot be run without numbers.
    """
    encoder = OmegaConf.select(root, f"fusion.modalities.{key}.encoder")
    processor = deepcopy(OmegaConf.select(root, f"dataset_config.clips.processors.{key}_processor"))
    if encoder is None or processor is None:
        raise InputError(f"${{tokens_of:{key}}} wants fusion.modalities.{key}.encoder and a {key}_processor of clips.")
    if "tokens" in (processor.get("params") or {}).keys():  # noqa: SIM118  (`in` interpolates, without end)
        processor.params.tokens = 1  # it may be what is asked for
    parts = (OmegaConf.to_container(part, resolve=True) for part in (processor, encoder))
    return _shape_of(key, *(json.dumps(part, sort_keys=True) for part in parts))


@cache
def _shape_of(key: str, processor: str, encoder: str) -> tuple[int, int]:
    import torch
    from mmf.common.registry import registry

    from mmf_mixer.encoders.base import encode_once
    from mmf_mixer.encoders.registry import build_encoder, complete, name_and_params

    made, (name, params) = json.loads(processor), name_and_params(json.loads(encoder))
    values = registry.get_processor_class(made["type"])(OmegaConf.create(made["params"]))(NOTHING)["values"]
    options = complete(name, params)
    if "weights" in options:
        options.weights = "none"
    try:
        with torch.device("meta"), torch.no_grad():  # shapes without numbers: full size costs nothing
            tokens = encode_once(build_encoder({"type": name, "params": options}).eval(), values[None].to("meta"))
    except (AttributeError, RuntimeError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"modality {key!r}: {name} cannot be run over what {made['type']} gives ({first_sentence(error)}); correct "
            f"their params, or write numbers in place of ${{tokens_of:{key}}} and ${{width_of:{key}}}."
        ) from error
    return tokens.shape[1], tokens.shape[2]


register_resolver("modalities", picked_modalities)
register_resolver("num_labels", number_of_labels)
register_resolver("random_bert", random_bert)
register_resolver("tokens_of", tokens_of)
register_resolver("width_of", width_of)
