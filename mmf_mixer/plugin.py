"""Importing this registers every part of the plugin with MMF. `import mmf` does it at its end."""

import mmf_mixer.config
import mmf_mixer.datasets.clips
import mmf_mixer.datasets.features
import mmf_mixer.encoders.audio
import mmf_mixer.encoders.conv3d
import mmf_mixer.encoders.frames
import mmf_mixer.encoders.text
import mmf_mixer.encoders.transformers
import mmf_mixer.encoders.video
import mmf_mixer.measures.register
import mmf_mixer.models.attention_fusion
import mmf_mixer.models.concat_mlp
import mmf_mixer.models.late_transformer
import mmf_mixer.models.majority
import mmf_mixer.models.mmf_mixer
import mmf_mixer.models.mmf_transformer
import mmf_mixer.models.mmf_transformer_experts
import mmf_mixer.processors.audio_spectrogram
import mmf_mixer.processors.caption_tokens
import mmf_mixer.processors.transformers
import mmf_mixer.processors.video_frames
import mmf_mixer.training.tuned_metric  # noqa: F401
