"""The static site: guide, methods, results and rooms from the notebooks as they are committed, reference from docstrings.

    python .ci/site/build.py OUT      # needs the extra `docs`; a warning is an error

Cells that are hidden or only export stay out; what a cell's first lines say to nbdev, too."""

import json
import pkgutil
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT, HERE = Path(__file__).resolve().parents[2], Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))
RESULTS = ("demo", "judges", "architectures", "coverage", "verdicts", "guards", "interpret")
SECTIONS = (  # caption, folder of the site, notebooks
    ("Guide", "guide", sorted((ROOT / "nbs/guide").glob("*.ipynb"))),
    ("Background", "", [path for path in [ROOT / "nbs/methods.ipynb"] if path.exists()]),
    ("Results", "results", [ROOT / f"result_analysis/{name}.ipynb" for name in RESULTS]),
    ("Rooms: the source, explained", "rooms", sorted((ROOT / "nbs").glob("0*.ipynb"))),
)


def page(path: Path) -> dict:
    "A notebook without what no reader wants to see."
    notebook, cells = json.loads(path.read_text()), []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            marks = re.match(r"(#\|.*\n?)*", source)[0]
            source = source[len(marks) :].lstrip("\n")
            if re.search(r"#\| *(hide|default_exp)", marks) or not source.strip():
                continue
            cell["outputs"] = [output for output in cell["outputs"] if output.get("name") != "stderr"]
        cells.append({**cell, "source": source})
    language = {"codemirror_mode": {"name": "ipython"}, "name": "python", "pygments_lexer": "python3"}
    return {**notebook, "cells": cells, "metadata": {**notebook["metadata"], "language_info": language}}


def linked(text: str, places: dict[str, str], here: str) -> str:
    "Links between notebooks lead to their pages; to other files of the repository they lead there."

    def lead(match: re.Match) -> str:
        target, anchor = match[1], match[2] or ""
        if target.startswith(("http", "mailto", "#")):
            return match[0]
        name = Path(target).name
        if name in places:
            return f"]({'../' * here.count('/')}{places[name]}{anchor})"
        return f"](https://github.com/rewardlm/RewardLM/blob/main/{re.sub(r'^([.]+/)+', '', target)}{anchor})"

    return re.sub(r"\]\(([^)#\s]+)(#[^)\s]*)?\)", lead, text)


def write_pages(to: Path) -> None:
    "All pages as Sphinx reads them, and its settings."
    places = {path.name: f"{folder}/{path.name}".lstrip("/") for _, folder, paths in SECTIONS for path in paths}
    contents = []
    for caption, folder, paths in SECTIONS:
        for path in paths:
            place = places[path.name]
            made = page(path)
            for cell in made["cells"]:
                if cell["cell_type"] == "markdown":
                    cell["source"] = linked(cell["source"], places, place)
            (to / place).parent.mkdir(parents=True, exist_ok=True)
            (to / place).write_text(json.dumps(made))
        entries = "\n".join(places[path.name].removesuffix(".ipynb") for path in paths)
        if entries:
            contents.append(f"```{{toctree}}\n:caption: {caption}\n:maxdepth: 1\n:hidden:\n\n{entries}\n```")
    import rewardlm

    modules = [found.name for found in pkgutil.walk_packages(rewardlm.__path__, "rewardlm.") if not found.ispkg]
    modules = [name for name in modules if not name.rpartition(".")[2].startswith("_")]
    (to / "reference").mkdir()
    for name in modules:
        text = f"# {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n```\n"
        (to / "reference" / f"{name}.md").write_text(text)
    entries = "\n".join(f"reference/{name}" for name in modules)
    contents.append(f"```{{toctree}}\n:caption: Reference\n:maxdepth: 1\n:hidden:\n\n{entries}\n```")
    readme = linked((ROOT / "README.md").read_text(), places, "index.md")
    for image in re.findall(r"!\[[^]]*\]\(https://github\.com/rewardlm/RewardLM/blob/main/([^)]+)\)", readme):
        (to / image).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / image, to / image)
        readme = readme.replace(f"https://github.com/rewardlm/RewardLM/blob/main/{image}", image)
    (to / "index.md").write_text(readme + "\n\n" + "\n\n".join(contents) + "\n")
    shutil.copy(HERE / "conf.py", to)
    (to / "_static").mkdir()
    shutil.copy(HERE / "site.css", to / "_static")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_pages(Path(folder))
        command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", folder, sys.argv[1]]
        sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
