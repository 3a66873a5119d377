"""What users write, as a type checker sees it: basedpyright over `user_script.py` and the cells of each notebook of the guide,
by the settings of `pyright.json`. Exit status 1 where it finds an error, or where a notebook is longer than a guide should be.

    python .ci/check_scripts.py"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOST_CELLS = 9  # of code, the cell that installs among them


def main() -> None:
    settings = json.loads((ROOT / ".ci" / "pyright.json").read_text())
    notebooks, long = sorted(ROOT.glob("nbs/guide/*.ipynb")), []
    with tempfile.TemporaryDirectory() as folder:
        for path in notebooks:
            cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
            sources = ["".join(cell["source"]) for cell in cells]
            shown = [source for source in sources if "#| hide" not in source]
            long += [f"{path.name} has {len(shown)} code cells, more than {MOST_CELLS}"] * (len(shown) > MOST_CELLS)
            script = re.sub(r"^([ \t]*)[%!]\w.*$", r"\1pass", "\n".join(sources), flags=re.M)
            Path(folder, f"guide_{path.stem}.py").write_text(script + "\n")
        Path(folder, "user_script.py").write_text((ROOT / ".ci" / "user_script.py").read_text())
        config = {**settings, "include": ["."], "extraPaths": [str(ROOT)], "reportUnusedExpression": False}
        Path(folder, "pyrightconfig.json").write_text(json.dumps(config))
        checked = subprocess.run(["basedpyright", "--project", folder]).returncode
    print(*long, f"{len(notebooks)} guides", sep="\n")
    sys.exit(checked or bool(long) or not notebooks)


if __name__ == "__main__":
    main()
