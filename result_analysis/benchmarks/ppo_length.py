"""What a token costs in an update of PPO whose responses are long: 64 responses of 64 to 1,024 tokens on the 14M shape.

    python result_analysis/benchmarks/ppo_length.py

Each length runs in a process of its own, on one thread; seconds are the processor's (other programs take no part in them), one pass over the responses
(`ppo_epochs=1`). The table holds seconds by stage, what the formulas below say of memory, and by how much the resident memory of the process grew.
The committed rows were taken on an Intel Xeon (AVX512) beside eight other busy programs on two cores. Update and reference cost no more a token at 1,024 than
at 64; writing does (1.48x): each token reads the keys and values of all before it, 396 MiB a step at the end. So time a token is
flat for update and reference and not for writing. While writing the cache is nearly all that grows (427 MiB, 396 of them the cache); an update's pass
grows too, from 83 to 1,510 MiB.

`--package` names a folder with another version of the package, to compare with.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve()
ROWS, PROMPT, MINI = 64, 32, 16  # responses, tokens of a prompt, responses in a pass
HIDDEN, LAYERS, VOCAB = 128, 6, 50304
LENGTHS = (64, 256, 1024)


def mib(numbers, size=4):
    return numbers * size / 2**20


def formulas(new):
    "MiB: keys and values of all rows; what is kept of each token (id, log-probability, value); hidden states, had they been kept, in three copies."
    return {
        "cache_mib": mib(2 * LAYERS * ROWS * (PROMPT + new) * HIDDEN),
        "kept_mib": mib(ROWS * new, 16),
        "hidden_mib": mib(3 * ROWS * new * HIDDEN),
    }


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(new):
    "Seconds by stage and MiB of growth, of the second update (the first warms up, with short responses)."
    import torch
    from transformers import AutoModelForCausalLM, GPTNeoXConfig

    from rewardlm.core.decoding import Sampling
    from rewardlm.core.GenerativeModel import add_lora, trainable_parameters
    from rewardlm.core.RL.ppo import Policy, PPOConfig, with_advantages

    torch.set_num_threads(1)
    torch.manual_seed(0)
    shape = dict(hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=4, intermediate_size=4 * HIDDEN)
    config = GPTNeoXConfig(vocab_size=VOCAB, max_position_embeddings=2048, pad_token_id=1, eos_token_id=0, **shape)
    policy = Policy(add_lora(AutoModelForCausalLM.from_config(config)), Sampling(8, 8, eos_token_ids=(0,)))
    how = PPOConfig(bs=ROWS, mini_bs=MINI, gradient_acc_steps=ROWS // MINI, ppo_epochs=1)
    optimizer, generator = torch.optim.AdamW(trainable_parameters(policy), lr=1e-4), torch.Generator().manual_seed(0)
    prompts = torch.randint(5, 49000, (ROWS, PROMPT), generator=generator).tolist()
    for length in (8, new):
        policy.sampling = Sampling(length, length, eos_token_ids=(0,))
        marks = [(time.process_time(), peak())]
        rollout = policy.write(prompts, torch.rand(ROWS, length, dtype=torch.float64, generator=generator))
        marks.append((time.process_time(), peak()))
        rollout, _ = policy.complete(rollout, MINI)
        marks.append((time.process_time(), peak()))
        learned = with_advantages(rollout, torch.linspace(-1, 1, ROWS), how)
        policy.update(learned, optimizer, how, generator)
        marks.append((time.process_time(), peak()))
    row = {"tokens": new}
    for name, (a, before), (b, after) in zip(("write", "reference", "update"), marks, marks[1:], strict=False):
        row |= {f"{name}_s": b - a, f"{name}_us_token": (b - a) / ROWS / new * 1e6, f"{name}_grew_mib": after - before}
    print("RESULT " + json.dumps({**row, **formulas(new)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", default=str(HERE.parents[2]), help="folder in which the package lies")
    parser.add_argument("--out", default=str(HERE.with_suffix(".csv")))
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS)
    parser.add_argument("--length", type=int, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.length:
        return child(a.length)
    rows = []
    for length in a.lengths:
        env = {**os.environ, "PYTHONPATH": a.package, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        said = subprocess.run(
            [sys.executable, HERE, "--length", str(length)], env=env, capture_output=True, text=True, check=True
        ).stdout
        rows.append(json.loads(next(x for x in said.splitlines() if x.startswith("RESULT "))[7:]))
        print({name: round(value, 3) for name, value in rows[-1].items()}, flush=True)
    with open(a.out, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: f"{v:.6g}" for k, v in row.items()} for row in rows)


if __name__ == "__main__":
    main()
