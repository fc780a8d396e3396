"""The quickstart notebook as a page: its text as it is, its code in blocks."""

import json
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

NOTEBOOK = Path(__file__).with_suffix(".ipynb")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """MkDocs calls this once it has found the files."""
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    texts = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    page = "\n\n".join(f"```python\n{text}\n```" if kind == "code" else text for kind, text in texts)
    files.append(File.generated(config, "quickstart.md", content=page))
    return files
