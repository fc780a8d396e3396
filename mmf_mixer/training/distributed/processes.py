"""Several processes, on CPU as on GPU: how they start, find each other and join their gradients."""

import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from functools import wraps
from types import ModuleType, TracebackType
from typing import Any

import torch
import torch.distributed as dist
from omegaconf import DictConfig
from torch.distributed.rendezvous import register_rendezvous_handler, rendezvous
from torch.multiprocessing.spawn import spawn
from torch.nn.parallel import DistributedDataParallel

from mmf_mixer import console
from mmf_mixer.compat.mending import mend
from mmf_mixer.errors import InputError
from mmf_mixer.processes import is_distributed
from mmf_mixer.protocols import Configuration, Trainer

ATTEMPT = "attempt"  # the scheme of the address at which the processes of one attempt of torchrun's meet
LOST = re.compile(r"Connection (?:closed|reset) by peer|Broken pipe|remote process exited")  # of gloo, and of NCCL


@mend("mmf.utils.distributed")
def ranks_of_any_backend(module: ModuleType) -> bool:
    """Without NCCL, hence on a CPU build of torch, MMF takes every process for the first and only one."""

    def asking_torch(stock: Callable[..., Any], name_in_torch: str) -> Callable[..., Any]:
        @wraps(stock)
        def function(*args: object, **kwargs: object) -> Any:
            return getattr(dist, name_in_torch)() if is_distributed() else stock(*args, **kwargs)

        return function

    names = {"get_rank": "get_rank", "get_world_size": "get_world_size", "synchronize": "barrier"}
    for name, name_in_torch in names.items():
        setattr(module, name, asking_torch(getattr(module, name), name_in_torch))
    return True


@mend("mmf.utils.distributed")
def gloo_without_a_gpu(module: ModuleType) -> bool:
    """MMF's default backend, NCCL, joins GPUs only."""
    if torch.cuda.is_available():
        return False
    stock = module.distributed_init

    @wraps(stock)
    def distributed_init(config: DictConfig) -> object:
        if config.distributed.backend == "nccl":
            config.distributed.backend = "gloo"
        return stock(config)

    module.distributed_init = distributed_init  # type: ignore[attr-defined]
    return True


@mend("mmf.utils.distributed")
def a_gpu_for_each_process(module: ModuleType) -> bool:
    """Of the processes that torchrun starts, MMF gives all the first GPU of their machine."""
    stock = module.distributed_init

    @wraps(stock)
    def distributed_init(config: DictConfig) -> object:
        place = os.environ.get("LOCAL_RANK")
        if place is not None and config.distributed.no_spawn and torch.cuda.is_available():
            config.device_id = int(place)
            if config.device_id >= (gpus := torch.cuda.device_count()):
                raise InputError(f"torchrun started more processes here than there are GPUs: --nproc_per_node={gpus}.")
            torch.cuda.set_device(config.device_id)
        return stock(config)

    module.distributed_init = distributed_init  # type: ignore[attr-defined]
    return True


@mend("mmf.utils.distributed")
def addresses_of_this_attempt(module: ModuleType) -> bool:
    """After torchrun's restart the processes find the addresses of those that died, and fail or wait for them."""
    stock = module.distributed_init

    @wraps(stock)
    def distributed_init(config: DictConfig) -> object:
        if config.distributed.init_method == "env://" and "TORCHELASTIC_RESTART_COUNT" in os.environ:
            config.distributed.init_method = f"{ATTEMPT}://"
        return stock(config)

    register_rendezvous_handler(ATTEMPT, _meet_in_this_attempt)  # type: ignore[no-untyped-call]
    module.distributed_init = distributed_init  # type: ignore[attr-defined]
    return True


def _meet_in_this_attempt(url: str, **kwargs: Any) -> Iterator[tuple[Any, int, int]]:
    """As torch's `env://`, but with names in torchrun's store that no earlier attempt has used."""
    count = os.environ["TORCHELASTIC_RESTART_COUNT"]
    for store, rank, processes in rendezvous("env://", **kwargs):
        yield dist.PrefixStore(f"{ATTEMPT}{count}", store), rank, processes  # type: ignore[attr-defined]


@mend("mmf.utils.distributed")
def errors_of_several_processes(module: ModuleType) -> bool:
    """With several processes torch swallows our sentences, and a process that dies leaves the others a traceback."""
    stock = module.distributed_init

    @wraps(stock)
    def distributed_init(config: DictConfig) -> object:
        found = stock(config)
        console.install()  # once more, on top of the hook that torch has installed by now
        _name_a_lost_process()
        return found

    module.distributed_init = distributed_init  # type: ignore[attr-defined]
    return True


def _name_a_lost_process() -> None:
    stock = sys.excepthook

    def excepthook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        lost = LOST.search(str(error))
        if lost is None or console.debugging():
            stock(kind, error, traceback)
            return
        sys.stderr.write(
            f"Process {dist.get_rank()} of {dist.get_world_size()} stops, as another is gone ({lost[0]}): start again "
            "with checkpoint.resume=true, and the run goes on from its last checkpoint.\n"
        )
        raise SystemExit(1)

    sys.excepthook = excepthook


@mend("mmf.utils.distributed")
def processes_without_gpus(module: ModuleType) -> bool:
    """`distributed.world_size=N` starts one process per GPU in MMF, and stops where there are fewer than N GPUs."""
    if torch.cuda.is_available():
        return False
    stock = module.infer_init_method

    @wraps(stock)
    def infer_init_method(config: DictConfig) -> None:
        stock(config)
        distributed = config.distributed
        if distributed.init_method is not None or distributed.world_size < 2:
            return
        main = sys.modules["__main__"]
        if main.__spec__ is not None and main.__spec__.name == "mmf_cli.run":  # which Python has loaded without mends
            raise InputError(
                f"`python -m mmf_cli.run` starts processes on GPUs only: for distributed.world_size="
                f"{distributed.world_size} on CPU use the command mmf_run, or torchrun."
            )
        distributed.init_method = f"tcp://localhost:{_free_port()}"
        distributed.rank = None  # MMF's own sign that the processes are still to be started

    module.infer_init_method = infer_init_method  # type: ignore[attr-defined]
    return True


@mend("mmf_cli.run")
def start_processes_without_gpus(module: ModuleType) -> bool:
    """MMF starts several processes by itself only on GPUs."""
    if torch.cuda.is_available():
        return False
    stock = module.distributed_main

    @wraps(stock)  # multiprocessing finds the function again by this name
    def distributed_main(device_id: int, configuration: Configuration, predict: bool = False) -> None:
        distributed = configuration.get_config().distributed
        if distributed.rank is not None:
            stock(device_id, configuration, predict)
        else:
            spawn(one_process, (configuration, predict), nprocs=distributed.world_size)  # type: ignore[no-untyped-call]

    module.distributed_main = distributed_main  # type: ignore[attr-defined]
    return True


def one_process(rank: int, configuration: Configuration, predict: bool) -> None:
    """Run process `rank` of an MMF run on CPU; `torch.multiprocessing.spawn` calls it in a fresh interpreter."""
    import mmf_cli.run

    config = configuration.get_config()
    config.distributed.rank = config.device_id = rank
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // config.distributed.world_size))
    mmf_cli.run.main(configuration, init_distributed=True, predict=predict)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
        return port


def needs_no_gpu(config: DictConfig) -> bool:
    """Whether a run has several processes and no GPU for them, as MMF wants for each."""
    return not torch.cuda.is_available() and config.distributed.init_method is not None


def stay_on_cpu(trainer: Trainer) -> None:
    """Choose the CPU as the device of `trainer`, which is one of several processes."""
    from mmf.common.registry import registry

    trainer.device, trainer.local_rank, trainer.distributed = torch.device("cpu"), trainer.config.device_id, True
    registry.register("global_device", trainer.config.distributed.rank)
    registry.register("current_device", trainer.device)


def join_gradients(trainer: Trainer) -> None:
    """Let the processes of `trainer` share their gradients, which MMF does on GPUs only."""
    from mmf.common.registry import registry

    registry.register("distributed", True)
    unused = trainer.config.training.find_unused_parameters
    trainer.model = DistributedDataParallel(trainer.model, find_unused_parameters=unused)
