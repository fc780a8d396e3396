"""What `mmf_mixer doctor` finds."""

import json
from importlib.metadata import version
from importlib.util import find_spec
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from mmf_mixer import doctor, releases
from mmf_mixer.compat.mending import MENDS


@pytest.fixture(scope="module")
def found():
    return doctor.diagnose()


def test_names_what_is_installed(found):
    assert found["mmf"]["release"] == releases.mmf_release()
    assert found["mmf"]["version"].startswith("1.0.0rc")
    assert found["libraries"]["torch"] == version("torch")
    assert found["problems"] == []


def test_names_every_mend_with_its_reason(found):
    assert [entry["name"] for entry in found["mends"]] == [entry.name for entry in MENDS]
    states = {entry["name"]: entry["state"] for entry in found["mends"]}
    assert states["demjson_successor"] == states["plugin"] == "mended"
    on_package = "mended" if releases.is_package_release() else "not needed"
    assert states["encoder_registry"] == states["flat_transformers"] == on_package
    assert all(entry["why"].endswith(".") for entry in found["mends"])


def test_names_a_library_that_is_missing_and_the_remedy(monkeypatch):
    monkeypatch.setattr(doctor, "requires", lambda name: ["av", "no_such>=2", 'pytest; extra == "dev"'])
    assert doctor.missing_libraries() == [
        {"what": "no_such is not installed.", "fails": "whatever imports it", "fix": "pip install no_such"}
    ]


def test_asks_for_all_that_the_package_says_it_needs():
    assert {"torch", "captum", "scikit-learn", "scipy", "Jinja2", "tqdm"} <= set(doctor.needed())
    assert not {"pytest", "ruff"} & set(doctor.needed())


def test_names_the_library_without_which_mmf_does_not_come_up(monkeypatch):
    def import_module(name):
        raise ModuleNotFoundError(name="iopath")

    monkeypatch.setattr(doctor.importlib, "import_module", import_module)
    (problem,) = doctor.mmf_problems()
    assert problem["what"].endswith("cannot be imported without iopath.") and problem["fix"] == "pip install iopath"


def test_what_mmf_prints_as_it_comes_up_is_no_finding(monkeypatch, capsys):
    mmf = SimpleNamespace(setup_imports=lambda: print("a data set is left out"))
    monkeypatch.setattr(doctor.importlib, "import_module", lambda name: mmf)
    assert doctor.mmf_problems() == []
    assert capsys.readouterr() == ("", "a data set is left out\n")


def test_names_what_a_single_feature_of_mmf_lacks(monkeypatch):
    monkeypatch.setattr(doctor, "find_spec", lambda name: None if name == "nltk" else find_spec("json"))
    (hint,) = doctor.feature_hints()
    assert hint["fails"] == "of MMF, the metric caption_bleu4" and hint["fix"] == "pip install nltk"


def test_names_missing_weights(monkeypatch):
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    assert [hint["fails"] for hint in doctor.weight_hints()] == [
        "MiniLM for text, trained",
        "EfficientNet for pictures, trained",
    ]


def test_names_a_codec_that_ffmpeg_lacks(monkeypatch):
    monkeypatch.setitem(doctor.CODECS, "no_such_codec", "r")
    (problem,) = doctor.codec_problems()
    assert "no_such_codec" in problem["what"]
    assert problem["fix"].startswith("pip install --force-reinstall av")


def test_without_mmf_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(releases, "mmf_folder", lambda: None)
    (problem,) = doctor.mmf_problems()
    assert "pip install --no-deps --pre mmf==1.0.0rc10" in problem["fix"]


def test_an_mmf_that_does_not_come_up_is_a_problem_not_a_crash(monkeypatch):
    def fail(name):
        raise ImportError("no module named something")

    monkeypatch.setattr(doctor.importlib, "import_module", fail)
    (problem,) = doctor.mmf_problems()
    assert problem["what"].endswith("cannot be imported: ImportError: no module named something")


@pytest.mark.parametrize("problems", [[], [{"what": "It is broken.", "fails": "all", "fix": "mend it"}]])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_the_command(found, monkeypatch, options, problems):
    import typer

    from mmf_mixer.cli.doctor import doctor as command

    monkeypatch.setattr(doctor, "diagnose", lambda: found | {"problems": problems})
    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, options)
    assert result.exit_code == len(problems)
    if options:
        assert json.loads(result.stdout) == found | {"problems": problems}
    else:
        assert f"torch {version('torch')}" in result.stdout
        assert ("It is broken." in result.stdout) is bool(problems)
