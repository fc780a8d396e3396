"""`mmf_mixer`: fusion by an MLP-Mixer."""

from mmf.common.registry import registry
from torch import Tensor

from mmf_mixer.models.sequence_fusion import SequenceFusion
from mmf_mixer.modules.mixer import Mixer
from mmf_mixer.modules.tokens import TokenSequence


@registry.register_model("mmf_mixer")
class MMFMixer(SequenceFusion):
    """The whole sequence through a stack of Mixer layers.

    Config besides that of `SequenceFusion`: `blocks`, `token_width` (hidden width of the token MLP), `channel_width`.
    """

    @classmethod
    def config_path(cls) -> str:
        return "configs/models/mmf_mixer/defaults.yaml"

    def build_layers(self) -> None:
        config = self.config
        self.mixer = Mixer(
            config.blocks, self.tokens.length, config.channels, config.token_width, config.channel_width, config.dropout
        )

    def mix(self, tokens: TokenSequence) -> Tensor:
        mixed: Tensor = self.mixer(tokens.values)
        return mixed
