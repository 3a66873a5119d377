"""What a token costs in an update of PPO whose responses are long: 64 to 1,024 tokens, 64 responses on the 14M shape and 8 on SmolLM2-135M.

    python result_analysis/benchmarks/ppo_length.py                          # the 14M shape
    python result_analysis/benchmarks/ppo_length.py --smollm2 /tmp/smollm2   # from get_smollm2.py; the rows of the other model stay

Each length runs in a process of its own, on one thread; seconds are the processor's (other programs take no part in them), one pass over the responses
(`ppo_epochs=1`). The table holds seconds by stage, what the formulas below say of memory, and by how much the resident memory of the process grew.
The committed rows of the 14M shape were taken on an Intel Xeon (AVX512) beside eight other busy programs on two cores. Update and reference cost no more a token at 1,024 than
at 64; writing does (1.48x): each token reads the keys and values of all before it, 396 MiB a step at the end. So time a token is
flat for update and reference and not for writing. While writing the cache is nearly all that grows (427 MiB, 396 of them the cache); an update's pass
grows too, from 83 to 1,510 MiB.
SmolLM2's were taken on an AMD EPYC beside another program: writing 20.1, 17.6 and 21.3 ms a token at 64, 256 and 1,024, an update 11.9, 9.5 and 12.2, so flat from 64 to 1,024
within 10 % and not from 256 on. A pass of 4 rows with its backward took 13.2 GiB at 1,024 tokens, without `gradient_checkpointing`.

`--package` names a folder with another version of the package, to compare with.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve()
PROMPT = 32  # tokens
ROWS, MINI = {"14M": 64, "SmolLM2-135M": 8}, {"14M": 16, "SmolLM2-135M": 4}  # responses, and in a pass
SHAPE = dict(hidden_size=128, num_hidden_layers=6, num_attention_heads=4, intermediate_size=512, vocab_size=50304)
LENGTHS = (64, 256, 1024)


def mib(numbers, size=4):
    return numbers * size / 2**20


def formulas(config, rows, new):
    "MiB: keys and values of all rows; what is kept of each token (id, log-probability, value); hidden states, had they been kept, in three copies."
    heads = getattr(config, "num_key_value_heads", config.num_attention_heads)
    keys = heads * config.hidden_size // config.num_attention_heads
    return {
        "cache_mib": mib(2 * config.num_hidden_layers * rows * (PROMPT + new) * keys),
        "kept_mib": mib(rows * new, 16),
        "hidden_mib": mib(3 * rows * new * config.hidden_size),
    }


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(new, smollm2):
    "Seconds by stage and MiB of growth, of the second update (the first warms up, with short responses)."
    import torch
    from transformers import AutoModelForCausalLM, GPTNeoXConfig

    from rewardlm.core.decoding import Sampling
    from rewardlm.core.GenerativeModel import add_lora, trainable_parameters
    from rewardlm.core.RL.ppo import Policy, PPOConfig, with_advantages

    torch.set_num_threads(1)
    torch.manual_seed(0)
    name = "SmolLM2-135M" if smollm2 else "14M"
    rows, mini = ROWS[name], MINI[name]
    if smollm2:
        model = AutoModelForCausalLM.from_pretrained(smollm2, dtype=torch.float32)
        model.config.pad_token_id = 1
    else:
        config = GPTNeoXConfig(max_position_embeddings=2048, pad_token_id=1, eos_token_id=0, **SHAPE)
        model = AutoModelForCausalLM.from_config(config)
    policy = Policy(add_lora(model), Sampling(8, 8, eos_token_ids=(0,)))
    how = PPOConfig(bs=rows, mini_bs=mini, gradient_acc_steps=rows // mini, ppo_epochs=1)
    optimizer, generator = torch.optim.AdamW(trainable_parameters(policy), lr=1e-4), torch.Generator().manual_seed(0)
    prompts = torch.randint(5, 49000, (rows, PROMPT), generator=generator).tolist()
    for length in (8, new):
        policy.sampling = Sampling(length, length, eos_token_ids=(0,))
        marks = [(time.process_time(), peak())]
        rollout = policy.write(prompts, torch.rand(rows, length, dtype=torch.float64, generator=generator))
        marks.append((time.process_time(), peak()))
        rollout, _ = policy.complete(rollout, mini)
        marks.append((time.process_time(), peak()))
        learned = with_advantages(rollout, torch.linspace(-1, 1, rows), how)
        policy.update(learned, optimizer, how, generator)
        marks.append((time.process_time(), peak()))
    row = {"model": name, "tokens": new}
    for stage, (a, before), (b, after) in zip(("write", "reference", "update"), marks, marks[1:], strict=False):
        row |= {
            f"{stage}_s": b - a,
            f"{stage}_us_token": (b - a) / rows / new * 1e6,
            f"{stage}_grew_mib": after - before,
        }
    print("RESULT " + json.dumps({**row, **formulas(model.config, rows, new)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", default=str(HERE.parents[2]), help="folder in which the package lies")
    parser.add_argument("--out", default=str(HERE.with_suffix(".csv")))
    parser.add_argument("--smollm2", help="folder of SmolLM2-135M, to take instead of the 14M shape")
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS)
    parser.add_argument("--length", type=int, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.length:
        return child(a.length, a.smollm2)
    rows = []
    for length in a.lengths:
        env = {**os.environ, "PYTHONPATH": a.package, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        ask = [sys.executable, HERE, "--length", str(length)] + (["--smollm2", a.smollm2] if a.smollm2 else [])
        said = subprocess.run(ask, env=env, capture_output=True, text=True, check=True).stdout
        rows.append(json.loads(next(x for x in said.splitlines() if x.startswith("RESULT "))[7:]))
        print(rows[-1], flush=True)
    known = pd.read_csv(a.out) if Path(a.out).exists() else pd.DataFrame({"model": []})
    table = pd.concat([known[known["model"] != rows[0]["model"]], pd.DataFrame(rows)])
    table.to_csv(a.out, index=False, float_format="%.6g")


if __name__ == "__main__":
    main()
