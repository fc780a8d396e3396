"""Libraries of single features of MMF."""

import pytest

from mmf_mixer.compat import features
from mmf_mixer.errors import InputError


def test_a_missing_library_is_named_with_its_feature(monkeypatch: pytest.MonkeyPatch) -> None:
    from mmf.modules.metrics import CaptionBleu4Metric
    from mmf.utils.logger import TensorboardLogger

    monkeypatch.setattr(features, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="MMF needs nltk for the metric caption_bleu4: pip install nltk"):
        CaptionBleu4Metric()
    with pytest.raises(InputError, match="MMF needs tensorboard for training.tensorboard=true"):
        TensorboardLogger()
