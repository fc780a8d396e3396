"""A Hugging Face BERT with its weights: from a folder, from Hugging Face's own cache, or from the hub."""

import json
from pathlib import Path

from transformers import BertConfig, BertModel

from mmf_mixer.encoders.weights import read_weights
from mmf_mixer.errors import InputError, first_sentence
from mmf_mixer.hub import hub_file, quiet
from mmf_mixer.paths import bert_folder

# What config.json says of the best known, so that their shape needs no network.
LARGE = {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096}
SHAPES: dict[str, dict[str, int]] = {"bert-base-uncased": {}, "bert-large-uncased": LARGE}
REMEDY = "set weights to a path, or to none"


def load_bert(
    name: str, weights: str, asker: str = "bert_text", remedy: str = REMEDY, pooler: bool = False
) -> BertModel:
    """A BERT, ready to be read by or trained further.

    Args:
        name: minilm, a folder with config.json and model.safetensors, or a name on the Hugging Face hub.
        weights: "default" (those of `name`), "none" (random), or the path of a folder like that or of a state dict.
        asker: who is to be named in an error.
        remedy: what an error suggests where the files are not to be had.
        pooler: whether it has its pooling layer, random if the weights have none.

    Raises:
        InputError: weights that are not to be had, damaged, or of another network.
    """

    def file_of(source: str, *files: str) -> Path:
        return hub_file(asker, source, *files, remedy=remedy)

    def config_of(source: str) -> BertConfig:
        return BertConfig(**SHAPES[source]) if source in SHAPES else _config(asker, file_of(source, "config.json"))

    if weights == "none":
        return BertModel(config_of(bert_folder(name)), add_pooling_layer=pooler)
    path = Path(weights).expanduser()
    is_folder = weights != "default" and path.is_dir()
    source = str(path) if is_folder else bert_folder(name)
    file = file_of(source, "model.safetensors", "pytorch_model.bin") if is_folder or weights == "default" else path
    state = read_weights(file)
    with quiet():  # else it lists what was not used: a checkpoint may hold a pooler or a head besides
        model, found = BertModel.from_pretrained(
            None,
            config=config_of(source),
            state_dict=state,
            add_pooling_layer=pooler,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    missing = {key for key in found["missing_keys"] if not key.startswith("pooler.")}
    if random := sorted(missing | {key for key, *_ in found["mismatched_keys"]}):
        raise InputError(f"{asker}: {file} is not of a BERT like {name}: {random[0]} is missing or of another size.")
    return model


def _config(asker: str, file: Path) -> BertConfig:
    try:
        kind = json.loads(file.read_text()).get("model_type", "bert")
        if kind != "bert":  # loading might succeed, and leave every weight random
            raise ValueError(f"it is of type {kind}")
        return BertConfig.from_json_file(file)
    except Exception as error:  # whatever transformers finds wrong in it
        raise InputError(
            f"{asker}: {file} is not the config of a BERT ({first_sentence(error)}); replace it."
        ) from error
