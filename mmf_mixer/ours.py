"""Whose run it is. Runs of ours are held to rules; everybody else finds MMF as it was, with a warning at most."""

from omegaconf import Container, OmegaConf


def is_ours(config: object) -> bool:
    """Whether a run has a model or a data set of this plugin in it, or asks for our rules by `mmf_mixer.strict=true`.

    Args:
        config: the run's config, or its options alone; None, or anything else that is no config, is nobody's run.
    """
    from mmf.common.registry import registry

    if not isinstance(config, Container):
        return False
    if OmegaConf.select(config, "mmf_mixer.strict"):
        return True
    return _is_of_ours(registry.get_model_class(OmegaConf.select(config, "model"))) or has_our_data(config)


def has_our_data(config: Container) -> bool:
    """Whether a run reads a data set of this plugin."""
    from mmf.common.registry import registry

    names = OmegaConf.select(config, "datasets") or OmegaConf.select(config, "dataset") or ""
    return any(_is_of_ours(registry.get_builder_class(name.strip())) for name in str(names).split(","))


def _is_of_ours(part: object) -> bool:
    return getattr(part, "__module__", "").startswith("mmf_mixer.")


def is_our_run() -> bool:
    """The same of the run that this process is at, if it is at one."""
    from mmf.common.registry import registry

    return is_ours(registry.get("config", no_warning=True))
