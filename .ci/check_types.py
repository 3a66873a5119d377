"""The types of the package itself: basedpyright over a copy in which methods put on by `@patch` stand in their class,
since in the module that patches them a type checker does not see them. Exit status 1 where it finds an error.

    python .ci/check_types.py

What is checked is how our own code fits together. The big libraries' objects count as `Any`: pandas has no types, and torch says
`Tensor | Module` of each attribute of a module."""

import ast
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OPAQUE = "accelerate datasets matplotlib pandas peft scipy torch transformers trl".split()
STUB = "from typing import Any\ndef __getattr__(name: str) -> Any: ...\n"
MODULE = """class Module:
    forward: Any
    train: Any
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __getattr__(self, name: str) -> Any: ...
    def __setattr__(self, name: str, value: Any) -> None: ...
    def __delattr__(self, name: str) -> None: ...
"""


def methods_in_place(source: str) -> list[tuple[int, str]]:
    "A module's lines, each with the number it had, its patched methods moved to the end of their class."
    lines, tree = source.splitlines(), ast.parse(source)
    ends = {node.name: node.end_lineno for node in tree.body if isinstance(node, ast.ClassDef)}
    methods: dict[int, list[int]] = {}  # last line of a class -> lines of its patched methods
    moved: set[int] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and "patch" in map(
            ast.unparse, node.decorator_list
        ):
            numbers = range(node.decorator_list[0].lineno, node.end_lineno + 1)
            moved.update(numbers)
            kept = [number for number in numbers if lines[number - 1] != "@patch"]
            methods.setdefault(ends[ast.unparse(node.args.args[0].annotation)], []).extend(kept)
    placed = []
    for number, line in enumerate(lines, start=1):
        placed += [] if number in moved else [(number, line)]
        placed += [(inner, f"    {lines[inner - 1]}".rstrip()) for inner in methods.get(number, [])]
    return placed


def stubs(folder: Path, sources: list[str]) -> None:
    "A stub for each module of the opaque libraries that is imported somewhere."
    names = {name for source in sources for name in re.findall(r"^\s*(?:from|import) ([\w.]+)", source, re.M)}
    for name in sorted({*OPAQUE, "torch.nn", *names}):
        if name.split(".")[0] in OPAQUE:
            place = folder / name.replace(".", "/")
            place.mkdir(parents=True, exist_ok=True)
            more = MODULE if name == "torch.nn" else "from . import nn as nn\n" if name == "torch" else ""
            (place / "__init__.pyi").write_text(STUB + more)


def main() -> None:
    sources = {
        path.relative_to(ROOT).as_posix(): path.read_text()
        for path in sorted(ROOT.glob("rewardlm/**/*.py"))
        if path.name != "_modidx.py"
    }
    placed = {name: methods_in_place(source) for name, source in sources.items()}
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in placed.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_text("".join(f"{line}\n" for _, line in lines))
        stubs(Path(folder) / "typings", list(sources.values()))
        (Path(folder) / "pyrightconfig.json").write_text('{"include": ["rewardlm"], "typeCheckingMode": "basic"}')
        run = subprocess.run(["basedpyright", "--outputjson", "--project", folder], capture_output=True, text=True)
        report = json.loads(run.stdout)
        errors = []
        for error in report["generalDiagnostics"]:
            name = Path(error["file"]).relative_to(Path(folder).resolve()).as_posix()
            number = placed[name][error["range"]["start"]["line"]][0]
            cell = re.findall(r"^# %% \S*?(\w+\.ipynb #\w+)", "\n".join(sources[name].splitlines()[:number]), re.M)
            where = f"{name}:{number} ({cell[-1] if cell else 'no cell'})"
            if error["severity"] == "error":
                errors.append(f"{where}: {error['message']} [{error.get('rule')}]")
    print(*errors, f"{len(sources)} modules, {len(errors)} type errors", sep="\n")
    sys.exit(bool(errors) or report["summary"]["filesAnalyzed"] < len(sources))


if __name__ == "__main__":
    main()
