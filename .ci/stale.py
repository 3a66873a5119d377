"""Which cells print something else than what is committed? Runs notebooks as `nbdev_test` does, and compares what a reader sees.

    python .ci/stale.py [--write] [NOTEBOOK …]    # all of nbs and result_analysis where none is given; exit status 1 if anything differs

`--write` puts what such cells say now in the place of what is committed, and leaves the others as they are.
For a person to read and no part of `.ci/run`: draws, timings and the last digits differ from processor to processor, and `nbdev_clean` leaves
no trace of the source that made an output. Numbers may differ by a fiftieth; pictures and what goes to stderr are not compared."""

import difflib
import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NUMBER = re.compile(r"(?<![\w.])[-+−]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")
# temporary folders, times and clocks
LOOSE = re.compile(r"/tmp/[\w./-]*|\b\d+(\.\d+)? ?(s|ms|µs|seconds|minutes)\b|\b\d\d:\d\d(:\d\d)?\b")


def seen(outputs: list[Any]) -> str:
    "What a reader sees of a cell's outputs, as text."
    texts = [
        o.get("text", "") if o.get("name") == "stdout" else o.get("data", {}).get("text/plain", "") for o in outputs
    ]
    return LOOSE.sub("…", re.sub(r" at 0x[0-9a-f]+", "", "".join("".join(text) for text in texts)))


def alike(a: str, b: str) -> bool:
    "The same words, and numbers that differ by a fiftieth at most."
    if [re.sub(r"[\s─│-]+", " ", part) for part in NUMBER.split(a)] != [
        re.sub(r"[\s─│-]+", " ", part) for part in NUMBER.split(b)
    ]:
        return False
    values = [[float(n.replace(",", "").replace("−", "-")) for n in NUMBER.findall(text)] for text in (a, b)]
    return all(math.isclose(x, y, rel_tol=0.02, abs_tol=1e-6) for x, y in zip(*values, strict=True))


def run_one(path: Path, write: bool) -> bool:
    "Run a notebook in this process and print every cell that says something else; whether all say the same."
    import os

    from execnb.shell import CaptureShell
    from nbdev.clean import nbdev_clean
    from nbdev.config import get_config
    from nbdev.frontmatter import FrontmatterProc
    from nbdev.process import NBProcessor

    os.environ["IN_TEST"] = "1"
    skipped = set(get_config().tst_flags.split())
    nb = NBProcessor(path, procs=FrontmatterProc, process=True).nb
    before = {cell.idx_: seen(cell.get("outputs", [])) for cell in nb.cells}
    shell, changed = CaptureShell(path), {}
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
        changed[cell.id] = [json.loads(json.dumps(output)) for output in outputs if output.get("name") != "stderr"]
        print(f"{path.relative_to(ROOT)} #{cell.id}: {cell.source.strip().splitlines()[-1][:100]}")
        lines = difflib.unified_diff(
            before[cell.idx_].splitlines(), after.splitlines(), "committed", "now", lineterm="", n=0
        )
        print("\n".join(f"    {line[:300]}" for line in list(lines)[2:40]), flush=True)
    if write and changed:
        whole = json.loads(path.read_text(encoding="utf-8"))
        for cell in whole["cells"]:
            cell |= {"outputs": changed[cell["id"]]} if cell["id"] in changed else {}
        path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        nbdev_clean(str(path))
    return not changed


def main() -> None:
    flags, paths = (
        [a for a in sys.argv[1:] if a.startswith("--")],
        [Path(a).resolve() for a in sys.argv[1:] if a[:2] != "--"],
    )
    if "--one" in flags:
        sys.exit(not run_one(paths[0], "--write" in flags))
    paths = paths or sorted([*ROOT.glob("nbs/**/*.ipynb"), *ROOT.glob("result_analysis/**/*.ipynb")])
    codes = [subprocess.run([sys.executable, __file__, "--one", *flags, path]).returncode for path in paths]
    sys.exit(any(codes))  # one that was killed is negative


if __name__ == "__main__":
    main()
