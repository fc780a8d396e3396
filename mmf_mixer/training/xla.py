"""Devices that the package release of MMF does not know: `training.device=xla` trains on a TPU."""

from functools import wraps
from types import ModuleType
from typing import Any

from torch import Tensor

from mmf_mixer.compat.mending import mend
from mmf_mixer.training import devices


@mend("mmf.trainers.base_trainer")
def package_trainer_on_xla(module: ModuleType) -> bool:
    """The package release trains on CUDA or the CPU, whatever training.device says."""
    trainer = module.BaseTrainer
    if not hasattr(trainer, "_set_device"):
        return False
    from mmf.common.registry import registry

    stock_device, stock_model, stock_pass = trainer._set_device, trainer.load_model_and_optimizer, trainer._forward_pass

    @wraps(stock_device)
    def _set_device(self: Any) -> None:
        stock_device(self)
        if self.config.training.device == "xla":
            self.device = devices.all_xla_devices()
            registry.register("current_device", self.device)

    @wraps(stock_model)
    def load_model_and_optimizer(self: Any) -> None:
        stock_model(self)
        if self.config.training.device == "xla":
            devices.run_each_step(self.optimizer)
            devices.save_as_on_cpu(self.model, self.optimizer)

    @wraps(stock_pass)
    def _forward_pass(self: Any, batch: Any) -> Any:
        if self.config.training.device != "xla":
            return stock_pass(self, batch)
        report = stock_pass(self, devices.split(batch, self.device))
        if not self.model.training:  # metrics are computed on the CPU
            report.update({name: value.cpu() for name, value in report.items() if isinstance(value, Tensor)})
        return report

    trainer._set_device = _set_device
    trainer.load_model_and_optimizer = load_model_and_optimizer
    trainer._forward_pass = _forward_pass
    return True
