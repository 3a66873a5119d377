"""Which cells print something else than what is committed? Runs notebooks as `nbdev_test` does, and compares what a reader sees.

    python .ci/stale.py [NOTEBOOK …]    # all of nbs and result_analysis where none is given; exit status 1 if anything differs

For a person to read and no part of `.ci/run`: draws, timings and the last digits differ from processor to processor, and `nbdev_clean` leaves
no trace of the source that made an output. Numbers may differ by a fiftieth; pictures and what goes to stderr are not compared."""

import difflib
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NUMBER = re.compile(r"(?<![\w.])[-+−]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")
# addresses, temporary folders, times and clocks
LOOSE = re.compile(r"0x[0-9a-f]+|/tmp/[\w./-]*|\b\d+(\.\d+)? ?(s|ms|µs|seconds|minutes)\b|\b\d\d:\d\d(:\d\d)?\b")


def seen(outputs: list[Any]) -> str:
    "What a reader sees of a cell's outputs, as text."
    texts = [
        o.get("text", "") if o.get("name") == "stdout" else o.get("data", {}).get("text/plain", "") for o in outputs
    ]
    return LOOSE.sub("…", "".join("".join(text) for text in texts))


def alike(a: str, b: str) -> bool:
    "The same words, and numbers that differ by a fiftieth at most."
    if [re.sub(r"[\s─│-]+", " ", part) for part in NUMBER.split(a)] != [
        re.sub(r"[\s─│-]+", " ", part) for part in NUMBER.split(b)
    ]:
        return False
    values = [[float(n.replace(",", "").replace("−", "-")) for n in NUMBER.findall(text)] for text in (a, b)]
    return all(math.isclose(x, y, rel_tol=0.02, abs_tol=1e-6) for x, y in zip(*values, strict=True))


def run_one(path: Path) -> bool:
    "Run a notebook in this process and print every cell that says something else; whether all say the same."
    import os

    from execnb.shell import CaptureShell
    from nbdev.config import get_config
    from nbdev.frontmatter import FrontmatterProc
    from nbdev.process import NBProcessor

    os.environ["IN_TEST"] = "1"
    skipped = set(get_config().tst_flags.split())
    nb = NBProcessor(path, procs=FrontmatterProc, process=True).nb
    before = {cell.idx_: seen(cell.get("outputs", [])) for cell in nb.cells}
    shell, same = CaptureShell(path), True
    os.chdir(path.parent)
    for cell in nb.cells:
        flags = getattr(cell, "directives_", None) or {}
        if cell.cell_type != "code" or skipped & flags.keys() or flags.get("eval:", [""])[0].lower() == "false":
            continue
        outputs = shell.run(cell.source)
        if shell.exc:
            raise shell.exc
        after = seen(outputs)
        if "hide" in flags or alike(before[cell.idx_], after):
            continue
        same = False
        print(f"{path.relative_to(ROOT)} #{cell.id}: {cell.source.strip().splitlines()[-1][:100]}")
        lines = difflib.unified_diff(
            before[cell.idx_].splitlines(), after.splitlines(), "committed", "now", lineterm="", n=0
        )
        print("\n".join(f"    {line[:300]}" for line in list(lines)[2:40]), flush=True)
    return same


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        sys.exit(not run_one(Path(sys.argv[2])))
    paths = [Path(name).resolve() for name in sys.argv[1:]]
    paths = paths or sorted([*ROOT.glob("nbs/**/*.ipynb"), *ROOT.glob("result_analysis/**/*.ipynb")])
    sys.exit(max([subprocess.run([sys.executable, __file__, "--one", path]).returncode for path in paths], default=0))


if __name__ == "__main__":
    main()
