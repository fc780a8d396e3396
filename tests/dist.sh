#!/usr/bin/env bash
# Installs a wheel into a clean virtual environment and uses it in an empty folder: tests/dist.sh PYTHON WHEEL
# The libraries are several GB, so those beside PYTHON serve, by a path in a .pth file. Python runs no .pth files of such a
# path, so an editable install beside PYTHON stays out of the way.
set -euo pipefail
unset PYTHONPATH # a checkout there would pass for the wheel
python=$1 wheel=$2
site='import sysconfig; print(sysconfig.get_path("purelib"))'
clean=$(mktemp -d)
trap 'rm -rf "$clean"' EXIT

"$python" -m venv "$clean/venv"
installed=$("$clean/venv/bin/python" -c "$site")
"$python" -c "$site" >"$installed/libraries.pth"
"$clean/venv/bin/python" -m pip install --quiet --no-deps "$wheel"

for folder in configs projects; do
  diff -r -x __pycache__ $folder "$installed/mmf_mixer/$folder"
done
diff -r -x __pycache__ -x configs -x projects mmf_mixer "$installed/mmf_mixer"

cd "$clean"
export PATH="$clean/venv/bin:$PATH"
mmf_mixer --help >/dev/null
mmf_mixer doctor >/dev/null
mmf_mixer synthesize data --clips 45
python - "$installed" <<'END'
import sys

import mmf_mixer
from mmf_mixer.extraction import run_config

assert mmf_mixer.__file__.startswith(sys.argv[1]) and mmf_mixer.Annotator
run_config(["config=projects/activity_recognition/configs/synthetic.yaml", "model=mmf_mixer", "dataset=clips"])
END
