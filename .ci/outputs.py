"""Every visible cell that ends in an expression shows what it is worth, and none an error: exit status 1, with the cells' names, otherwise.

    python .ci/outputs.py

Calls of tests and of functions that return nothing are no such expressions; cells under a flag that a plain run leaves out need not show anything."""

import ast
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SILENT = re.compile(
    r"(test|write|check|set|save|assert)_\w+$|(add|put|append|clear|update|close|cleanup|float|mkdir|unlink)$"
)
FLAGS = re.compile(r"^\s*#\|\s*(hide|export\w*|default_exp|notest|slow|gpu|train)\b", re.M)


def shows(source: str) -> bool:
    "Does the cell end in a value? A semicolon at its end says that it is not to be shown."
    body = ast.parse(re.sub(r"^([ \t]*)[%!]\w.*$", r"\1pass", source, flags=re.M)).body
    if not body or not isinstance(body[-1], ast.Expr) or source.rstrip().endswith(";"):
        return False
    value = body[-1].value
    if isinstance(value, ast.Constant):
        return False
    name = ast.unparse(value.func).rsplit(".", 1)[-1] if isinstance(value, ast.Call) else ""
    return not (isinstance(value, ast.Call) and SILENT.match(name))


def main() -> None:
    wrong = []
    for path in sorted([*ROOT.glob("nbs/**/*.ipynb"), *ROOT.glob("result_analysis/**/*.ipynb")]):
        for cell in json.loads(path.read_text())["cells"]:
            source, place = "".join(cell["source"]), f"{path.relative_to(ROOT)} #{cell['id']}"
            outputs = cell.get("outputs", [])
            if {"error", "stderr"} & {each.get(key) for each in outputs for key in ("output_type", "name")}:
                wrong.append(f"{place}: its output is an error, or went to stderr")  # exec_nb goes on behind an error
            if cell["cell_type"] == "code" and not FLAGS.search(source) and not outputs and shows(source):
                wrong.append(f"{place}: {source.strip().splitlines()[-1][:100]}")
    if wrong:
        told = f"{len(wrong)} cells fail, or end in an expression and show nothing; run them (exec_nb) and commit what they say."
        sys.exit("\n".join([*wrong, told]))


if __name__ == "__main__":
    main()
