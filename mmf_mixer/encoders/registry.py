"""MMF's encoder registry, for the release that lacks it, so that an encoder is written once for both."""

from collections.abc import Callable
from dataclasses import MISSING as NO_DEFAULT
from dataclasses import dataclass, fields
from functools import wraps
from types import ModuleType
from typing import Any, Self, TypeVar

from omegaconf import MISSING, DictConfig, OmegaConf
from torch import Tensor, nn

from mmf_mixer.compat.mending import mend
from mmf_mixer.errors import InputError, nearest

EncoderClass = TypeVar("EncoderClass", bound=type)
ENCODERS = "encoder_name_mapping"  # the registry's name for it in the source release


class Encoder(nn.Module):
    """What every encoder descends from; it is made from a config whose defaults its `Config` states."""

    @dataclass
    class Config:
        name: str = MISSING

    @classmethod
    def from_params(cls, **params: Any) -> Self:
        """The encoder with these settings and, for the rest, the defaults of its `Config`."""
        return cls(OmegaConf.structured(cls.Config(**params)))


class IdentityEncoder(Encoder):
    """Hands on its input, B x … x `in_dim`: for features that are computed already."""

    @dataclass
    class Config(Encoder.Config):
        name: str = "identity"
        in_dim: int = 100

    def __init__(self, config: DictConfig) -> None:
        super().__init__()
        self.module = nn.Identity()
        self.in_dim = self.out_dim = config.get("in_dim", 100)

    def forward(self, x: Tensor) -> Tensor:
        """B x … x D in, the same out."""
        return x


def register_encoder(name: str) -> Callable[[EncoderClass], EncoderClass]:
    """Class decorator: make the encoder known to configs as `name`."""

    def register(encoder: EncoderClass) -> EncoderClass:
        encoder_classes()[name] = encoder
        return encoder

    return register


def encoder_classes() -> dict[str, Any]:
    """The registered encoders by name."""
    from mmf.common.registry import registry

    classes: dict[str, Any] = registry.mapping[ENCODERS]
    return classes


def build_encoder(config: Any) -> nn.Module:
    """The encoder of a config `{type, params}`, or `{name, …}` with the params beside the name, or a `Config` object.

    Raises InputError for an unknown encoder, or a setting that it does not have.
    """
    name, params = name_and_params(config)
    encoder: nn.Module = encoder_class(name)(complete(name, params))
    return encoder


def name_and_params(config: Any) -> tuple[str, Any]:
    """The two parts of an encoder's config in any of its forms."""
    if not isinstance(config, DictConfig):
        config = OmegaConf.create(config) if isinstance(config, dict) else OmegaConf.structured(config)
    if "type" in config:
        return getattr(config.type, "value", config.type), config.get("params") or {}
    return config.get("name"), config


def encoder_class(name: str) -> Any:
    """The encoder registered as `name`. Raises InputError, naming those that are, if there is none."""
    known = encoder_classes()
    if name not in known:
        raise InputError(f"There is no encoder {name!r}: known are {', '.join(sorted(known))}.")
    return known[name]


def complete(name: str, params: Any) -> DictConfig:
    """`params` over the defaults of the encoder's `Config`. Raises InputError for a setting the encoder has not."""
    settings = fields(getattr(encoder_class(name), "Config", Encoder.Config))
    known = {setting.name for setting in settings} | {"name"}
    unknown = [str(key) for key in params if key not in known]
    if unknown and len(known) > 1:  # an encoder that states no settings may take any
        close = nearest(unknown[0], known)
        hint = f"did you mean {close}?" if close else f"it has {', '.join(sorted(known - {'name'}))}."
        raise InputError(f"The encoder {name} has no setting {unknown[0]}: {hint}")
    defaults = {
        setting.name: setting.default if setting.default_factory is NO_DEFAULT else setting.default_factory()
        for setting in settings
        if setting.default is not NO_DEFAULT or setting.default_factory is not NO_DEFAULT
    }
    given: Any = OmegaConf.to_container(params, resolve=True) if OmegaConf.is_config(params) else params
    return OmegaConf.create({**defaults, "name": name, **given})


@mend("mmf.modules.encoders")
def encoder_registry(module: ModuleType) -> bool:
    """The package release has no encoder registry; MMFTransformer and our models build encoders by name."""
    from mmf.common.registry import Registry

    if hasattr(Registry, "register_encoder"):
        return False
    Registry.mapping.setdefault(ENCODERS, {})
    Registry.register_encoder = staticmethod(register_encoder)
    Registry.get_encoder_class = staticmethod(lambda name: encoder_classes().get(name))
    module.Encoder = Encoder  # type: ignore[attr-defined]
    module.IdentityEncoder = register_encoder("identity")(IdentityEncoder)  # type: ignore[attr-defined]
    return True


@mend("mmf.utils.build")
def encoders_by_name(module: ModuleType) -> bool:
    """MMF builds no encoder by name in one release; the other gives no defaults and crashes on a misspelt name."""
    stock = getattr(module, "build_encoder", None)
    if stock is None:
        module.build_encoder = build_encoder  # type: ignore[attr-defined]
        return True

    @wraps(stock)
    def stock_or_completed(config: Any) -> nn.Module:
        stocks_own = encoder_class(name_and_params(config)[0]).__module__.startswith("mmf.")
        encoder: nn.Module = (stock if stocks_own else build_encoder)(config)
        return encoder

    module.build_encoder = stock_or_completed  # type: ignore[attr-defined]
    return True


@mend("mmf.datasets.base_dataset_builder")
def registry_after_loading(module: ModuleType) -> bool:
    """The package release calls update_registry_for_model of every builder, but its base class has none."""
    if hasattr(module.BaseDatasetBuilder, "update_registry_for_model"):
        return False
    module.BaseDatasetBuilder.update_registry_for_model = lambda self, config: None
    return True
