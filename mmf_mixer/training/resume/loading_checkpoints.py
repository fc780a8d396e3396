"""Checkpoints: what may be read from one, and that the model really takes it."""

import pickle
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf
from torch.nn.parallel import DataParallel, DistributedDataParallel

from mmf_mixer.compat.mending import mend
from mmf_mixer.errors import InputError
from mmf_mixer.ours import is_ours
from mmf_mixer.protocols import Checkpoint, Configuration, Json, Trainer
from mmf_mixer.releases import is_package_release
from mmf_mixer.training.resume.checkpoints import check_checkpoint, named

ASKED_FOR = ("resume", "resume_best", "resume_file", "resume_pretrained", "resume_zoo", "zoo_config_override")
NO_WEIGHTS = "embeddings.position_ids"  # 0, 1, 2, ..., which transformers once saved with each BERT


@mend("mmf.utils.checkpoint")
def config_objects_in_checkpoints(module: ModuleType) -> bool:
    """MMF pickles omegaconf's objects with some optimizers and schedulers; torch reads only what is named harmless."""
    import typing
    from collections import defaultdict

    from mmf.utils.general import lr_lambda_update
    from omegaconf import DictConfig, ListConfig, nodes
    from omegaconf.base import ContainerMetadata, Metadata

    values = (nodes.AnyNode, nodes.BooleanNode, nodes.FloatNode, nodes.IntegerNode, nodes.StringNode)
    python = (dict, list, int, float, str, bool, defaultdict, typing.Any)
    torch.serialization.add_safe_globals(
        [DictConfig, ListConfig, ContainerMetadata, Metadata, *values, *python, lr_lambda_update]
    )
    return True


@mend("mmf.utils.checkpoint")
def unreadable_checkpoints(module: ModuleType) -> bool:
    """A checkpoint that is cut off, or that holds code, ends MMF in a traceback from torch."""
    stock = module.Checkpoint._torch_load

    @wraps(stock)
    def _torch_load(self: Checkpoint, file: str) -> Any:
        try:
            self.last_read = stock(self, file)
        except (pickle.UnpicklingError, EOFError, RuntimeError) as error:
            code = re.search(r"GLOBAL (\S+)", str(error))
            reason = f"it holds {code[1]}, which could run code" if code else re.split(r"[.\n]", str(error))[0]
            raise InputError(
                f"The checkpoint {file} cannot be read ({reason}): delete it, or name another with "
                "checkpoint.resume_file."
            ) from error
        check_checkpoint(self.last_read, Path(file))
        return self.last_read

    module.Checkpoint._torch_load = _torch_load
    return True


@mend("mmf.utils.checkpoint")
def missing_resume_file(module: ModuleType) -> bool:
    """A checkpoint.resume_file that does not exist ends MMF in a traceback."""
    stock = module.Checkpoint.load_state_dict

    @wraps(stock)
    def load_state_dict(self: Checkpoint) -> None:
        file = self.config.checkpoint.resume_file
        try:
            stock(self)
        except RuntimeError as error:
            if str(error) != f"{file} doesn't exist":
                raise
            raise InputError(f"There is no checkpoint at checkpoint.resume_file={file}: correct the path.") from error

    module.Checkpoint.load_state_dict = load_state_dict
    return True


@mend("mmf.utils.checkpoint")
def options_that_old_configs_lack(module: ModuleType) -> bool:
    """MMF asks for options of `checkpoint` that a config may lack, for which omegaconf 2.1 and later raise."""

    def with_all_options(stock: Callable[[Checkpoint], None]) -> Callable[[Checkpoint], None]:
        @wraps(stock)
        def load(self: Checkpoint) -> None:
            for key in ASKED_FOR:
                if key not in self.config.checkpoint:
                    OmegaConf.update(self.config, f"checkpoint.{key}", None, force_add=True)
            stock(self)

        return load

    checkpoint = module.Checkpoint
    checkpoint.load_state_dict = with_all_options(checkpoint.load_state_dict)
    checkpoint.restore = with_all_options(checkpoint.restore)
    return True


@mend("mmf.utils.checkpoint")
def models_wrapped_by_an_earlier_run(module: ModuleType) -> bool:
    """A second run in one process resumes as if its model were wrapped for several devices because the first's was."""
    stock = module.Checkpoint.upgrade_state_dict
    if "format_state_key" not in stock.__code__.co_names:  # only the source release looks inside the wrapper
        return False
    from mmf.common.registry import registry

    @wraps(stock)
    def upgrade_state_dict(self: Checkpoint, state_dict: Any) -> Any:
        for name, wrapper in (("distributed", DistributedDataParallel), ("data_parallel", DataParallel)):
            registry.register(name, isinstance(self.trainer.model, wrapper))
        return stock(self, state_dict)

    module.Checkpoint.upgrade_state_dict = upgrade_state_dict
    return True


@mend("mmf.utils.checkpoint")
def weights_that_fit(module: ModuleType) -> bool:
    """MMF loads what fits the model from a checkpoint, were it nothing at all, and goes on with random weights."""
    stock = module.Checkpoint._load

    @wraps(stock)
    def _load(
        self: Checkpoint,
        file: str,
        force: bool = False,
        load_zoo: bool = False,
        load_pretrained: bool = False,
        **kwargs: object,
    ) -> None:
        partly = load_zoo or (load_pretrained and not force)
        with _checked_loading(self.trainer.model, file, partly, strict=is_ours(self.config)):
            stock(self, file, force=force, load_zoo=load_zoo, load_pretrained=load_pretrained, **kwargs)
        self.trainer.weights_from = file
        content, reset = vars(self).pop("last_read", {}), self.config.checkpoint.reset
        if not (partly or force or reset.all or reset.counts):  # force: the best weights, at the end of training
            _take_up(self.trainer, content, file)

    module.Checkpoint._load = _load
    return True


def _take_up(trainer: Trainer, content: Json, file: str) -> None:
    """Leave to the trainer what else the checkpoint holds of a run that is to go on. A run that only evaluates may do
    so on other data, but not with other labels, or encoders than those the model knows.

    Raises:
        InputError: the run was made from something else.
    """
    from mmf_mixer.training.resume.identity import differences

    if not hasattr(trainer, "identity"):  # a trainer of somebody else's
        return
    if "progress" not in content:
        if is_package_release() and "num_updates" in content and "train" in trainer.run_type:
            warnings.warn(f"The checkpoint {file} holds no random states: training goes on, not exactly.", stacklevel=2)
        return
    trains = "train" in trainer.run_type and not trainer.config.evaluation.predict
    parts = ("data", "features", "labels", "encoders") if trains else ("labels", "encoders")
    changed = differences(content["identity"], trainer.identity, parts=parts)
    if trains and (then := content["progress"]["seed"]) != trainer.seed:
        changed.append(f"training.seed ({then}, now {trainer.seed})")
    if changed:
        raise InputError(
            f"The checkpoint {file} is of a run from which this one differs in: {named(changed)}; put that back as it "
            "was, or take its weights alone with checkpoint.reset.all=true."
        )
    groups = content["optimizer"]["param_groups"]
    trainer.left_off = {"progress": content["progress"], "param_groups": groups}


@contextmanager
def _checked_loading(model: torch.nn.Module, file: str, partly: bool, strict: bool) -> Iterator[None]:
    """Meanwhile `model.load_state_dict` refuses weights that do not fit, or, unless `partly`, are not all it has. If
    not `strict` it warns, and takes those that fit, as MMF does."""
    stock = model.load_state_dict

    def refuse(sentence: str) -> None:
        if strict:
            raise InputError(sentence)
        warnings.warn(sentence, stacklevel=4)

    def load_state_dict(state: Any, strict: bool) -> Any:
        try:
            result = stock(state, strict=strict)
        except RuntimeError as error:
            lines = " ".join(line.strip() for line in str(error).splitlines()[1:])
            raise InputError(f"The checkpoint {file} is of a model of another size: {lines}") from error
        missing, wanted = result.missing_keys, model.state_dict()
        besides = [key for key in result.unexpected_keys if not key.endswith(NO_WEIGHTS)]
        if wanted and len(missing) == len(wanted):
            refuse(
                f"The checkpoint {file} has none of the weights of {type(model).__name__}: it is another model's; "
                f"name the model that it was saved from, or another checkpoint."
            )
            return result
        lists = {"lacks": missing, "has besides": besides}
        differing = [f"{verb} {named(sorted(keys))}" for verb, keys in lists.items() if keys]
        if differing and not partly:
            refuse(
                f"The checkpoint {file} is not of this model, of whose weights it {', and '.join(differing)}: name the "
                "model and the config that it was saved from, or map a part of it with checkpoint.resume_pretrained."
            )
        return result

    model.load_state_dict = load_state_dict  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        del model.load_state_dict


@mend("mmf_cli.run")
def seed_of_the_resumed_run(module: ModuleType) -> bool:
    """Where training.seed is -1 MMF draws another one on resuming, and builds and shuffles by that."""
    stock = module.main

    @wraps(stock)
    def main(configuration: Configuration, *args: object, **kwargs: object) -> None:
        config = configuration.get_config()
        if config.training.seed == -1:
            config.training.seed = _seed_in(resumed_file(config)) or -1
        stock(configuration, *args, **kwargs)

    module.main = main  # type: ignore[attr-defined]
    return True


def resumed_file(config: DictConfig) -> Path | None:
    """The checkpoint that a run with this config goes on from, if there is one."""
    wanted = config.checkpoint
    names = ["best.ckpt", "current.ckpt"] if wanted.resume_best else ["current.ckpt", "best.ckpt"]
    files = [Path(config.env.save_dir) / name for name in names if wanted.resume]
    files += [Path(wanted.resume_file)] if wanted.resume_file else []
    return next(filter(Path.is_file, files), None)


def _seed_in(file: Path | None) -> int | None:
    try:
        content = torch.load(file, map_location="cpu", mmap=True, weights_only=True) if file else {}
        seed: int = content["progress"]["seed"]
    except Exception:  # whatever a damaged file gives: reading it in earnest says what is wrong
        return None
    return seed
