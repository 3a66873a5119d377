"""The lower ends of settings.ini's requirements as pins: what the floors' step of .ci/run installs.

    python .ci/lowest.py deps     # those whose own requirements come along
    python .ci/lowest.py alone    # those that would bring torch

Left out: torch and bitsandbytes, of which no lower build without CUDA is to be had, and fastcore, which nbdev pins."""

import re
import sys
from configparser import ConfigParser
from pathlib import Path

ini = ConfigParser(delimiters=["="])
ini.read(Path(__file__).resolve().parents[1] / "settings.ini", encoding="utf-8")
asked = " ".join(ini["DEFAULT"][name] for name in ("requirements", "train_requirements"))
floors = dict(re.findall(r"(\w+)>=([\d.]+)", asked))
alone = ("trl", "peft", "accelerate")
names = alone if sys.argv[1] == "alone" else floors.keys() - {*alone, "torch", "bitsandbytes", "fastcore"}
print(" ".join(f"{name}=={floors[name]}" for name in sorted(names)))
