"""README.md from nbs/index.ipynb: hidden cells dropped, code fenced as python. Writes to the path given, README.md by default."""

import sys
from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter
from nbconvert.preprocessors import Preprocessor


class DropHidden(Preprocessor):
    "Cells with a `#| hide` line are for the tests, not for the reader; other directives are not shown either."

    def preprocess(self, nb, resources):
        nb.cells = [c for c in nb.cells if "#| hide" not in c.source]
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.source = "\n".join(line for line in cell.source.splitlines() if not line.startswith("#|"))
        return nb, resources


root = Path(__file__).resolve().parents[1]
exporter = MarkdownExporter(preprocessors=[DropHidden])
notebook = nbformat.read(root / "nbs" / "index.ipynb", as_version=4)
notebook.metadata["language_info"] = {"name": "python"}  # nbdev_clean drops it; it tags the fences
text, _ = exporter.from_notebook_node(notebook)
Path(sys.argv[1] if len(sys.argv) > 1 else root / "README.md").write_text(text.strip() + "\n", encoding="utf-8")
