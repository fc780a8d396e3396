from pathlib import Path

from typer.testing import CliRunner

from mmf_mixer.cli.main import app
from mmf_mixer.errors import InputError
from tests.store import small


def test_extract_says_what_it_has_made(tmp_path: Path) -> None:
    config = small.write_config(tmp_path / "config.yaml", small.make_folder(tmp_path / "data"))
    out = tmp_path / "store"
    result = CliRunner().invoke(app, ["extract", *small.options(config), "dtype=float16", f"out={out}"])
    assert result.exit_code == 0, result.output
    assert f"12 clips, audio, video: 0 MB in {out}" in result.output
    assert sorted(path.name for path in out.iterdir()) == [
        ".lock",
        "manifest.json",
        "test-000000.safetensors",
        "train-000000.safetensors",
        "val-000000.safetensors",
    ]


def test_extract_asks_where_to() -> None:
    result = CliRunner().invoke(app, ["extract", "model=mmf_mixer"])
    assert isinstance(result.exception, InputError)
    assert "--out DIR" in str(result.exception)
