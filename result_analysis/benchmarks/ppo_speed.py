"""Samples a second of our PPO update beside TRL 1.12.0's PPOTrainer, alternating, in one run.

The same shape (GPT-NeoX 14M: hidden 128, 6 layers, vocabulary 50,304), prompts (64 x 32 tokens), 24 new tokens, 4 epochs, 16 responses a pass, LoRA r=16,
reward module over the policy's own token ids (all that TRL can take), threads and allocator settings for both. TRL is installed aside, without dependencies:

    pip install --no-deps --target /tmp/trl112 trl==1.12.0
    python result_analysis/benchmarks/ppo_speed.py --peer /tmp/trl112 --rounds 5
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BATCH, PROMPT, NEW, EPOCHS, PASS = 64, 32, 24, 4, 16
ALLOCATOR = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "34359738368"}  # TRL's fastest setting on this kind of machine
HERE = Path(__file__).resolve()


def parts(threads):
    "Policy, reward module and prompts, the same for both sides."
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, GPTNeoXConfig
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    shape = dict(vocab_size=50304, max_position_embeddings=512, pad_token_id=1, eos_token_id=0)
    config = GPTNeoXConfig(**shape, hidden_size=128, num_hidden_layers=6, num_attention_heads=4, intermediate_size=512)
    small = GPTNeoXConfig(**shape, hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=256, num_labels=1)
    policy, reward = AutoModelForCausalLM.from_config(config), AutoModelForSequenceClassification.from_config(small).eval()
    return config, policy, reward, torch.randint(5, 50000, (BATCH * 4, PROMPT), generator=torch.Generator().manual_seed(1))


def ours(updates, threads):
    import torch

    from rewardlm.core.decoding import Sampling
    from rewardlm.core.GenerativeModel import add_lora, trainable_parameters
    from rewardlm.core.RL.ppo import Policy, PPOConfig, with_advantages
    _, model, reward, prompts = parts(threads)
    policy = Policy(add_lora(model), Sampling(NEW, NEW, eos_token_ids=(0,)))
    config = PPOConfig(bs=BATCH, mini_bs=PASS, gradient_acc_steps=BATCH // PASS, ppo_epochs=EPOCHS)  # one optimiser step an epoch, as TRL with accumulation
    optimizer, generator = torch.optim.AdamW(trainable_parameters(policy), lr=1e-4), torch.Generator().manual_seed(0)
    for update in range(updates):
        started = time.perf_counter()
        batch = prompts[(update * BATCH) % len(prompts):][:BATCH]
        rollout, _ = policy.complete(policy.write(batch.tolist(), torch.rand(BATCH, NEW, dtype=torch.float64, generator=generator)), PASS)
        with torch.no_grad():
            scores = reward(torch.cat([rollout.prompts, rollout.tokens], 1)).logits[:, 0]
        policy.update(with_advantages(rollout, scores, config), optimizer, config, generator)
        yield time.perf_counter() - started


def trl(updates, threads):
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, TrainerCallback
    from trl.experimental.ppo import PPOConfig, PPOTrainer

    from rewardlm.utils.general_utils import resolve_model_id
    config, model, reward, prompts = parts(threads)
    config.num_labels = 1
    value = AutoModelForSequenceClassification.from_config(config)
    tokenizer = AutoTokenizer.from_pretrained(resolve_model_id("rewardlm/tiny-neox"))
    marks = []

    class Clock(TrainerCallback):
        def on_train_begin(self, *args, **kwargs):
            marks.append(time.perf_counter())

        on_step_end = on_train_begin

    with tempfile.TemporaryDirectory() as folder:
        arguments = PPOConfig(
            output_dir=folder, use_cpu=True, report_to="none", learning_rate=1e-4, per_device_train_batch_size=PASS,
            gradient_accumulation_steps=BATCH // PASS, num_mini_batches=1, num_ppo_epochs=EPOCHS, total_episodes=BATCH * updates, response_length=NEW,
            temperature=1.0, bf16=False,
            local_rollout_forward_batch_size=BATCH, num_sample_generations=0, save_strategy="no", logging_strategy="no", kl_coef=0.05)
        trainer = PPOTrainer(arguments, tokenizer, model, None, reward, Dataset.from_dict({"input_ids": prompts.tolist()}), value,
                             eval_dataset=Dataset.from_dict({"input_ids": prompts[:4].tolist()}), callbacks=[Clock()],
                             peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"))
        assert trainer.args.batch_size == BATCH, trainer.args.batch_size
        trainer.train()
    yield from (b - a for a, b in zip(marks, marks[1:], strict=False))


def child(side, updates, threads):
    import transformers
    transformers.utils.logging.set_verbosity_error()
    seconds = list((ours if side == "ours" else trl)(updates, threads))[1:]  # the first update warms up
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("RESULT " + json.dumps({"side": side, "samples_per_second": BATCH * len(seconds) / sum(seconds), "peak_mib": peak}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", required=True, help="folder with trl 1.12.0")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--updates", type=int, default=3, help="updates a round, the first of which is not counted")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", default=str(HERE.with_suffix(".csv")))
    parser.add_argument("--side", choices=["ours", "trl"], help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.side:
        return child(a.side, a.updates, a.threads)
    import pandas as pd
    rows = []
    for number in range(a.rounds):
        for side in ("ours", "trl"):
            path = [str(HERE.parents[2])] + ([a.peer] if side == "trl" else [])
            env = {**os.environ, **ALLOCATOR, "OMP_NUM_THREADS": str(a.threads), "PYTHONPATH": os.pathsep.join(path[::-1]), "TRL_EXPERIMENTAL_SILENCE": "1"}
            done = subprocess.run([sys.executable, HERE, *sys.argv[1:], "--side", side], env=env, capture_output=True, text=True)
            line = [x for x in done.stdout.splitlines() if x.startswith("RESULT ")]
            if not line:
                sys.exit(f"{side} failed:\n{done.stderr[-3000:]}")
            rows.append({"round": number, **json.loads(line[0][7:])})
            print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    table.round(3).to_csv(a.out, index=False)
    rate = table.pivot(index="round", columns="side", values="samples_per_second")
    print(table.groupby("side")[["samples_per_second", "peak_mib"]].agg(["median", "min", "max"]).round(2))
    print(f"ours / TRL 1.12.0: median {(rate.ours / rate.trl).median():.2f}x, range {(rate.ours / rate.trl).min():.2f} to {(rate.ours / rate.trl).max():.2f}")


if __name__ == "__main__":
    main()
