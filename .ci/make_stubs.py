"""Stub files beside the modules whose classes get methods by `@patch`, so that editors and type checkers see these: fastcore's py2pyi moves them into the class.

python .ci/make_stubs.py"""

import ast
import importlib
import sys
import warnings
from pathlib import Path

from fastcore import py2pyi

ROOT = Path(__file__).resolve().parents[1]


def decorator_name(node: ast.expr) -> str:
    "The last part of a decorator's name; py2pyi's own knows no `module.name`."
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else node.id


def main() -> None:
    sys.path.insert(0, str(ROOT))
    warnings.simplefilter("ignore")
    py2pyi._deco_id = decorator_name
    for path in sorted(ROOT.glob("rewardlm/**/*.py")):
        if "\n@patch" in path.read_text():
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            py2pyi.imp_mod = lambda *_, **__: importlib.import_module(
                name
            )  # the module itself: its relative imports and pydantic need its name
            py2pyi.create_pyi(path)
            print(path.relative_to(ROOT).with_suffix(".pyi"))


if __name__ == "__main__":
    main()
