"""The types of the package itself: basedpyright over a copy in which methods put on by `@patch` stand in their class,
since in the module that patches them a type checker does not see them. Exit status 1 where it finds an error.

    python .ci/check_types.py"""

import ast
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CELL = re.compile(r"^# %% (\S+\.ipynb #\w+)")


def methods_in_place(source: str) -> tuple[list[str], list[int]]:
    "Lines of a module with its patched methods moved into the class, and the line each of them had (from 1)."
    lines, tree = source.splitlines(), ast.parse(source)
    ends = {node.name: node.end_lineno for node in tree.body if isinstance(node, ast.ClassDef)}
    moved: dict[int, list[int]] = {}  # last line of a class -> lines of its patched methods
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(ast.unparse(d) == "patch" for d in node.decorator_list):
            name = ast.unparse(node.args.args[0].annotation)
            first = min(d.lineno for d in node.decorator_list)
            if name in ends:
                moved.setdefault(ends[name], []).extend(range(first, node.end_lineno + 1))
    gone = {number for numbers in moved.values() for number in numbers}
    out: list[tuple[str, int]] = []
    for number, line in enumerate(lines, start=1):
        if number not in gone:
            out.append((line, number))
        for inner in moved.get(number, ()):
            if lines[inner - 1] != "@patch":
                out.append((f"    {lines[inner - 1]}" if lines[inner - 1] else "", inner))
    return [line for line, _ in out], [number for _, number in out]


def cell_of(lines: list[str], number: int) -> str:
    "The notebook cell that a line of a module is from."
    return next((found[1] for line in reversed(lines[:number]) if (found := CELL.match(line))), "")


def main() -> None:
    origins: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(ROOT.glob("rewardlm/**/*.py")):
            if path.name != "_modidx.py":
                name = path.relative_to(ROOT).as_posix()
                lines, origins[name] = methods_in_place(path.read_text())
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / name).write_text("\n".join(lines) + "\n")
        config = json.loads((ROOT / ".ci/pyright_package.json").read_text())
        (Path(folder) / "pyrightconfig.json").write_text(json.dumps(config))
        run = subprocess.run(["basedpyright", "--outputjson", "--project", folder], capture_output=True, text=True)
        report = json.loads(run.stdout)
        errors = [found for found in report["generalDiagnostics"] if found["severity"] == "error"]
        for found in errors:
            name = Path(found["file"]).relative_to(Path(folder).resolve()).as_posix()
            number = origins[name][found["range"]["start"]["line"]]
            cell = cell_of((ROOT / name).read_text().splitlines(), number)
            print(f"{name}:{number} ({cell}): {found['message']} [{found.get('rule', '')}]")
    print(f"{report['summary']['filesAnalyzed']} modules, {len(errors)} type errors")
    sys.exit(bool(errors) or not report["summary"]["filesAnalyzed"])


if __name__ == "__main__":
    main()
