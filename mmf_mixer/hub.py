"""Files of models on the Hugging Face hub: in a folder, in Hugging Face's own cache, or downloaded into it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url, try_to_load_from_cache
from huggingface_hub.constants import HF_HUB_CACHE
from huggingface_hub.errors import EntryNotFoundError

from mmf_mixer.errors import InputError, first_sentence

GIGABYTES = {"bert-base-uncased": 0.44, "bert-large-uncased": 1.34}  # of model.safetensors


def hub_file(asker: str, source: str, *files: str, remedy: str) -> Path:
    """The first of `files` that a folder or a repository of the hub has; from the cache if one of them is there.

    Args:
        asker: who is to be named in the error.
        source: a folder, or a name on the hub.
        files: names, the best first.
        remedy: what the error suggests besides putting the files into a folder.

    Raises:
        InputError: the folder has none, or they are not cached and cannot be downloaded.
    """
    folder = Path(source).expanduser()
    if folder.is_dir() or folder.is_absolute():
        found = [folder / file for file in files if (folder / file).is_file()]
        if not found:
            raise InputError(f"{asker}: there is no {' or '.join(files)} in {folder}; give the folder of a BERT.")
        return found[0]
    try:
        cached = [path for file in files if isinstance(path := try_to_load_from_cache(source, file), str)]
        return Path(cached[0] if cached else _download(source, files))
    except Exception as error:  # the hub's client, the network and the disk raise types of their own
        size = f" ({GIGABYTES[source]} GB)" if source in GIGABYTES and files[0] == "model.safetensors" else ""
        besides = "" if files[0] == "config.json" else " and config.json"
        raise InputError(
            f"{asker}: {source} is no folder, and its {files[0]}{size} is not in Hugging Face's cache {HF_HUB_CACHE} "
            f"and cannot be downloaded ({first_sentence(error)}); put {files[0]}{besides} of "
            f"https://huggingface.co/{source}/tree/main into a folder and name that, or {remedy}."
        ) from error


def load_pretrained(asker: str, kind: Any, source: str, *files: str, remedy: str, **options: Any) -> Any:
    """What a class of transformers makes of a model's files. Code that comes with them is never run.

    Args:
        asker, source, files, remedy: as for `hub_file`; `files` are those that the class reads first.
        kind: a class with `from_pretrained`, such as AutoModel.
        options: for that.

    Raises:
        InputError: the files are not to be had, or cannot be used.
    """
    options |= {"trust_remote_code": False}
    if is_folder := (folder := Path(source).expanduser()).is_dir():
        source = str(folder)
    with suppress(Exception), quiet():  # fails at once where it is not in the cache
        return kind.from_pretrained(source, local_files_only=True, **options)
    if not is_folder:
        hub_file(asker, source, *files, remedy=remedy)
    try:
        with quiet():
            return kind.from_pretrained(source, **options)
    except Exception as error:  # whatever transformers finds wrong, or a library that it wants besides
        raise InputError(
            f"{asker}: {kind.__name__} cannot load {source} ({first_sentence(error)}); see that {files[0]} is whole "
            f"and needs no code of its own, or {remedy}."
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Hugging Face loads weights without a word."""
    from transformers.utils import logging  # here, for it costs a second

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def _download(source: str, files: tuple[str, ...]) -> str:
    for file in files:
        with suppress(EntryNotFoundError):
            get_hf_file_metadata(hf_hub_url(source, file))  # fails at once where a download tries for half a minute
            return hf_hub_download(source, file)
    raise FileNotFoundError(f"it has no {' or '.join(files)}")
