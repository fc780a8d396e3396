"""Models are registered where MMF has none of that name."""

from mmf.common.registry import registry
from mmf.models.base_model import BaseModel

from mmf_mixer.models.if_absent import register_model_if_absent
from mmf_mixer.releases import is_package_release


class Another(BaseModel):  # type: ignore[misc]  # MMF has no types
    pass


def test_a_new_name_is_registered() -> None:
    assert register_model_if_absent("another")(Another) is Another
    assert registry.get_model_class("another") is Another


def test_a_stock_model_stays() -> None:
    stock = registry.get_model_class("pythia")
    register_model_if_absent("pythia")(Another)
    assert registry.get_model_class("pythia") is stock is not Another


def test_mmf_transformer_is_ours_only_where_mmf_has_none() -> None:
    room = registry.get_model_class("mmf_transformer").__module__
    assert room == ("mmf_mixer.models.mmf_transformer" if is_package_release() else "mmf.models.mmf_transformer")
