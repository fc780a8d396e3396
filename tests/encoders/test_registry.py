"""Encoders by name: written once, registered and built alike on both releases."""

from dataclasses import dataclass

import pytest
import torch
from mmf.common.registry import registry
from mmf.modules.encoders import Encoder, IdentityEncoder
from mmf.utils.build import build_encoder
from omegaconf import OmegaConf

from mmf_mixer.errors import InputError


@pytest.fixture(autouse=True)
def scaling():
    @registry.register_encoder("scaling")
    class Scaling(Encoder):
        @dataclass
        class Config(Encoder.Config):
            name: str = "scaling"
            factor: float = 2.0
            bias: float = 0.0

        def __init__(self, config):
            super().__init__()
            self.config = config

        def forward(self, x):
            return x * self.config.factor + self.config.bias

    return Scaling


def test_is_found_by_its_name(scaling):
    assert registry.get_encoder_class("scaling") is scaling
    assert registry.get_encoder_class("nothing") is None


@pytest.mark.parametrize(
    "config",
    [
        OmegaConf.create({"type": "scaling", "params": {"bias": 1.0}}),
        {"type": "scaling", "params": {"bias": 1.0}},
        OmegaConf.create({"name": "scaling", "bias": 1.0}),
    ],
)
def test_is_built_from_either_form_and_its_defaults(config, scaling):
    encoder = build_encoder(config)
    assert isinstance(encoder, scaling)
    assert encoder(torch.tensor(3.0)) == 7.0


def test_is_built_from_nothing_but_defaults(scaling):
    assert build_encoder(OmegaConf.create({"type": "scaling"}))(torch.tensor(3.0)) == 6.0
    assert build_encoder(scaling.Config(factor=3.0))(torch.tensor(3.0)) == 9.0
    assert scaling.from_params(factor=4.0)(torch.tensor(3.0)) == 12.0


def test_an_interpolation_in_its_params_is_followed():
    config = OmegaConf.create({"factor": 5.0, "encoder": {"type": "scaling", "params": {"factor": "${factor}"}}})
    assert build_encoder(config.encoder)(torch.tensor(3.0)) == 15.0


def test_identity_is_there_on_both_releases():
    encoder = build_encoder(OmegaConf.create({"type": "identity", "params": {"in_dim": 7}}))
    assert isinstance(encoder, IdentityEncoder)
    assert (encoder.in_dim, encoder.out_dim) == (7, 7)
    values = torch.ones(2, 3, 7)
    assert torch.equal(encoder(values), values)


def test_an_unknown_encoder_is_refused_with_those_that_are_known():
    with pytest.raises(InputError, match=r"There is no encoder 'scalling': known are .*identity.*scaling"):
        build_encoder(OmegaConf.create({"type": "scalling"}))


def test_a_setting_it_has_not_is_refused():
    with pytest.raises(InputError, match="The encoder scaling has no setting facter: did you mean factor?"):
        build_encoder(OmegaConf.create({"type": "scaling", "params": {"facter": 1.0}}))


def test_an_encoder_that_states_no_settings_takes_any():
    @registry.register_encoder("open")
    class Open(Encoder):
        def __init__(self, config):
            super().__init__()
            self.size = config.size

    assert build_encoder(OmegaConf.create({"type": "open", "params": {"size": 4}})).size == 4


def test_a_builder_need_not_know_the_models():
    from mmf.datasets.base_dataset_builder import BaseDatasetBuilder

    assert BaseDatasetBuilder("any").update_registry_for_model(None) is None
