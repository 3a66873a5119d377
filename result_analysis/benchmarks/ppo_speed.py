"""Samples a second of our PPO update beside TRL 1.12.0's PPOTrainer (and TRL 1.16's GRPO and RLOO), alternating, in one run.

Both sides get the same model, prompts, new tokens, epochs, LoRA r=16, reward module over the policy's own token ids (all that TRL's PPO can take), threads
and allocator settings (TRL's fastest on this kind of machine). TRL 1.12.0 is installed aside; SmolLM2 comes from get_smollm2.py:

    pip install --no-deps --target /tmp/trl112 trl==1.12.0
    python result_analysis/benchmarks/ppo_speed.py --peer /tmp/trl112 --smollm2 /tmp/smollm2 --case 14M --rounds 5

A case "…, one busy" runs beside another process that computes all the time, "…, two busy" beside two. "brief" sides have OpenMP's threads spin briefly
while they wait for each other (GOMP_SPINCOUNT=3000, which `import rewardlm` sets where torch is not there yet), "spinning" sides have libgomp's own default,
a hundred times as much, "waiting" sides do not spin (OMP_WAIT_POLICY=PASSIVE).
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

PROMPT, NEW, EPOCHS = 32, 24, 4  # tokens, tokens, passes
ALLOCATOR = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "34359738368"}
HERE = Path(__file__).resolve()


class Case(NamedTuple):
    model: dict | None  # GPT-NeoX shape; None: SmolLM2-135M
    reward: dict  # GPT-NeoX shape of the reward module
    batch: int  # responses an update
    size: int  # responses in one forward and backward pass
    sides: tuple[str, ...] = ("ours", "trl")
    busy: int = 0  # other processes that compute meanwhile


def shape(hidden, layers, heads):
    return dict(hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=4 * hidden)


CASES = {
    "14M": Case(shape(128, 6, 4), shape(64, 2, 2), 64, 16),
    "14M, GRPO and RLOO": Case(shape(128, 6, 4), shape(64, 2, 2), 64, 16, ("ours", "grpo", "rloo")),
    "14M, RoBERTa-base-sized reward": Case(shape(128, 6, 4), shape(768, 12, 12), 32, 16),
    "70M": Case(shape(512, 6, 8), shape(64, 2, 2), 16, 16),
    "SmolLM2-135M": Case(None, shape(64, 2, 2), 8, 8),
}
WAITS = ("ours brief", "ours spinning", "ours waiting", "trl brief", "trl spinning")
for number, name in enumerate(("none busy", "one busy", "two busy")):
    CASES[f"14M, {name}"] = Case(shape(128, 6, 4), shape(64, 2, 2), 64, 16, WAITS, number)
    CASES[f"demo, {name}"] = Case(shape(128, 6, 4), shape(64, 2, 2), 64, 32, ("demo brief", "demo spinning"), number)


def parts(case, threads, smollm2=None):
    "Config and policy, reward module and prompts, the same for all sides."
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, GPTNeoXConfig

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    common = dict(vocab_size=50304, max_position_embeddings=512, pad_token_id=1, eos_token_id=0)
    if case.model is None:
        policy = AutoModelForCausalLM.from_pretrained(smollm2, dtype=torch.float32)
        policy.config.pad_token_id = policy.generation_config.pad_token_id = 1
    else:
        policy = AutoModelForCausalLM.from_config(GPTNeoXConfig(**common, **case.model))
    reward = AutoModelForSequenceClassification.from_config(GPTNeoXConfig(**common, **case.reward, num_labels=1)).eval()
    return (
        policy.config,
        policy,
        reward,
        torch.randint(5, 49000, (case.batch * 4, PROMPT), generator=torch.Generator().manual_seed(1)),
    )


def ours(case, updates, threads, smollm2):
    "Seconds of each update, by stage."
    import torch

    from rewardlm.core.decoding import Sampling
    from rewardlm.core.GenerativeModel import add_lora, trainable_parameters
    from rewardlm.core.RL.ppo import Policy, PPOConfig, with_advantages

    _, model, reward, prompts = parts(case, threads, smollm2)
    policy = Policy(add_lora(model), Sampling(NEW, NEW, eos_token_ids=(0,)))
    # one optimiser step an epoch, as TRL's accumulation makes it
    config = PPOConfig(bs=case.batch, mini_bs=case.size, gradient_acc_steps=case.batch // case.size, ppo_epochs=EPOCHS)
    optimizer, generator = torch.optim.AdamW(trainable_parameters(policy), lr=1e-4), torch.Generator().manual_seed(0)
    for update in range(updates):
        marks = [time.perf_counter()]
        batch = prompts[(update * case.batch) % len(prompts) :][: case.batch]
        rollout = policy.write(batch.tolist(), torch.rand(case.batch, NEW, dtype=torch.float64, generator=generator))
        marks.append(time.perf_counter())
        rollout, _ = policy.complete(rollout, case.size)
        marks.append(time.perf_counter())
        with torch.no_grad():
            scores = torch.cat(
                [reward(x).logits[:, 0] for x in torch.cat([rollout.prompts, rollout.tokens], 1).split(case.size)]
            )
        marks.append(time.perf_counter())
        policy.update(with_advantages(rollout, scores, config), optimizer, config, generator)
        marks.append(time.perf_counter())
        yield dict(
            zip(
                ("decode", "reference", "reward", "update"),
                (b - a for a, b in zip(marks, marks[1:], strict=False)),
                strict=True,
            )
        )


def clocked(trainer_of):
    "Seconds of each of a transformers Trainer's rollout batches, from a callback's marks."
    from transformers import TrainerCallback

    marks = []

    class Clock(TrainerCallback):
        def on_train_begin(self, *args, **kwargs):
            marks.append(time.perf_counter())

        on_log = on_train_begin

    with tempfile.TemporaryDirectory() as folder:
        trainer_of(folder, Clock()).train()
    yield from ({"update": b - a} for a, b in zip(marks, marks[1:], strict=False))


def trl(case, updates, threads, smollm2):
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from trl.experimental.ppo import PPOConfig, PPOTrainer

    from rewardlm.utils.general_utils import resolve_model_id

    config, model, reward, prompts = parts(case, threads, smollm2)
    config.num_labels = 1
    value, tokenizer = (
        AutoModelForSequenceClassification.from_config(config),
        AutoTokenizer.from_pretrained(resolve_model_id("rewardlm/tiny-neox")),
    )

    def trainer_of(folder, clock):
        arguments = PPOConfig(
            output_dir=folder,
            use_cpu=True,
            report_to="none",
            learning_rate=1e-4,
            per_device_train_batch_size=case.size,
            gradient_accumulation_steps=case.batch // case.size,
            num_mini_batches=1,
            num_ppo_epochs=EPOCHS,
            total_episodes=case.batch * updates,
            response_length=NEW,
            temperature=1.0,
            bf16=False,
            local_rollout_forward_batch_size=case.batch,
            num_sample_generations=0,
            save_strategy="no",
            logging_steps=1,
            disable_tqdm=True,
            kl_coef=0.05,
        )
        trainer = PPOTrainer(
            arguments,
            tokenizer,
            model,
            None,
            reward,
            Dataset.from_dict({"input_ids": prompts.tolist()}),
            value,
            eval_dataset=Dataset.from_dict({"input_ids": prompts[:4].tolist()}),
            callbacks=[clock],
            peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"),
        )
        assert trainer.args.batch_size == case.batch, trainer.args.batch_size
        return trainer

    yield from clocked(trainer_of)


def group_relative(kind, case, updates, threads, smollm2):
    "TRL 1.16's GRPO or RLOO, 8 responses a prompt, as many completions."
    import trl
    from datasets import Dataset
    from transformers import AutoTokenizer

    from rewardlm.core.GenerativeModel import add_lora
    from rewardlm.utils.general_utils import resolve_model_id

    _, model, reward, _ = parts(case, threads, smollm2)
    tokenizer = AutoTokenizer.from_pretrained(resolve_model_id("rewardlm/tiny-neox"))
    model.generation_config.suppress_tokens = [0]  # as many new tokens everywhere

    def score(prompts, completions, completion_ids, **further):
        import torch

        with torch.no_grad():
            return reward(torch.tensor([list(x)[:NEW] for x in completion_ids])).logits[:, 0].tolist()

    def trainer_of(folder, clock):
        trainer, settings = {"grpo": (trl.GRPOTrainer, trl.GRPOConfig), "rloo": (trl.RLOOTrainer, trl.RLOOConfig)}[kind]
        arguments = settings(
            output_dir=folder,
            use_cpu=True,
            report_to="none",
            learning_rate=1e-4,
            per_device_train_batch_size=case.size,
            bf16=False,
            beta=0.05,
            gradient_accumulation_steps=case.batch // case.size,
            generation_batch_size=case.batch,
            num_generations=8,
            num_iterations=EPOCHS,
            max_completion_length=NEW,
            max_steps=updates * EPOCHS,
            logging_steps=EPOCHS,
            save_strategy="no",
            disable_tqdm=True,
            gradient_checkpointing=False,
        )
        texts = ["and so it goes on and on " * 5] * 64  # about 32 tokens
        return trainer(
            add_lora(model),
            score,
            arguments,
            Dataset.from_dict({"prompt": texts}),
            processing_class=tokenizer,
            callbacks=[clock],
        )

    yield from clocked(trainer_of)


def flops(case, smollm2=None):
    "Floating-point operations that an update of ours cannot do without, by stage: 2 a weight and token, attention included."
    config, policy, reward, _ = parts(case, 1, smollm2)
    hidden, layers, vocab = config.hidden_size, config.num_hidden_layers, config.vocab_size
    weights = sum(
        p.numel() for n, p in policy.named_parameters() if p.dim() == 2 and "embed" not in n and "lm_head" not in n
    )
    lora = sum(
        16 * sum(p.shape)
        for n, p in policy.named_parameters()
        if p.dim() == 2 and "embed" not in n and "lm_head" not in n
    )
    reward_weights = sum(p.numel() for n, p in reward.named_parameters() if p.dim() == 2 and "embed" not in n)
    length, b = PROMPT + NEW, case.batch
    body = (
        2 * b * length * (weights + lora + layers * hidden * length)
    )  # attention: half of 4 * hidden * length a token and layer, being causal
    head = 2 * b * NEW * hidden * vocab
    # frozen weights: the backward pass goes to the inputs alone, plus the adapter's own weights; the head's slope is one more product
    return {
        "decode": body + head,
        "reference": body + head,
        "reward": 2 * b * length * reward_weights,
        "update": EPOCHS * (2 * body + 2 * b * length * lora + 2 * head),
    }


def demo(case, updates, threads, smollm2):
    "The PPO part of `rewardlm demo`."
    import torch

    from rewardlm.cli import demo_reward

    torch.set_num_threads(threads)
    history = demo_reward(seed=0, updates=updates)[1]
    yield from ({"update": case.batch / rate} for rate in history["samples_per_second"])


def busy():
    "What another program does: products of small matrices on one thread, for ever."
    import numpy as np

    a = np.random.default_rng(0).random((256, 256))
    while True:
        a @ a


@contextmanager
def company(number):
    "Inside the block so many other processes compute."
    env = {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")}
    others = [subprocess.Popen([sys.executable, HERE, "--peer", "", "--side", "busy"], env=env) for _ in range(number)]
    time.sleep(2 * bool(number))
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def matmul_rate(threads):
    "Operations a second of a large matrix product here."
    import torch

    torch.set_num_threads(threads)
    a, b = torch.rand(2048, 2048), torch.rand(2048, 2048)
    times = []
    for _ in range(8):
        started = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - started)
    return 2 * 2048**3 / min(times)


def child(side, case, updates, threads, smollm2):
    import warnings

    import transformers

    transformers.utils.logging.set_verbosity_error()
    warnings.simplefilter("ignore")
    if side == "floor":
        print("RESULT " + json.dumps({"side": side, "rate": matmul_rate(threads), **flops(case, smollm2)}))
        return
    if side == "busy":
        busy()
    who = side.split()[0]
    run = {"ours": ours, "trl": trl, "demo": demo}.get(who) or partial(group_relative, who)
    stages = list(run(case, updates, threads, smollm2))[1:]  # the first update warms up
    seconds = {name: sum(s[name] for s in stages) / len(stages) for name in stages[0]}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        "RESULT "
        + json.dumps(
            {"side": side, "samples_per_second": case.batch / sum(seconds.values()), "peak_mib": peak, **seconds}
        )
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", required=True, help="folder with trl 1.12.0")
    parser.add_argument("--case", choices=CASES, default="14M")
    parser.add_argument("--smollm2", help="folder of the SmolLM2 checkpoint")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--updates", type=int, default=3, help="updates a round, the first of which is not counted")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sides", help="some of the case's sides, joined by commas; default: all")
    parser.add_argument(
        "--out",
        default=str(HERE.with_suffix(".csv")),
        help="table to which the rounds of these sides are written, in place of older ones",
    )
    parser.add_argument("--side", help=argparse.SUPPRESS)
    a = parser.parse_args()
    case = CASES[a.case]
    if a.side:
        return child(a.side, case, a.updates, a.threads, a.smollm2)
    import pandas as pd

    sides = a.sides.split(",") if a.sides else case.sides
    if unknown := set(sides) - set(case.sides):
        parser.error(f"--sides: {a.case} has no {sorted(unknown)[0]!r}; it has {', '.join(case.sides)}")
    rows = []
    for number in range(a.rounds):
        for side in (*(["floor"] if not number else []), *sides):
            path = [str(HERE.parents[2])] + ([a.peer] if side.startswith("trl") else [])
            env = {
                **os.environ,
                **ALLOCATOR,
                "OMP_NUM_THREADS": str(a.threads),
                "PYTHONPATH": os.pathsep.join(path[::-1]),
                "TRL_EXPERIMENTAL_SILENCE": "1",
            }
            for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
                env.pop(name, None)
            if side == "ours" or side.endswith("brief"):
                env["GOMP_SPINCOUNT"] = "3000"
            if side.endswith("waiting"):
                env["OMP_WAIT_POLICY"] = "PASSIVE"
            with company(case.busy if side != "floor" else 0):
                done = subprocess.run(
                    [sys.executable, HERE, *sys.argv[1:], "--side", side], env=env, capture_output=True, text=True
                )
            line = [x for x in done.stdout.splitlines() if x.startswith("RESULT ")]
            if not line:
                sys.exit(f"{side} failed:\n{done.stderr[-3000:]}")
            rows.append({"case": a.case, "round": number, **json.loads(line[0][7:])})
            print(rows[-1], flush=True)
    table, out = pd.DataFrame(rows), Path(a.out)
    if out.exists():
        older = pd.read_csv(out)
        again = (older["case"] == a.case) & older["side"].isin(table["side"])
        table = pd.concat([older[~again], table], ignore_index=True)
    table.to_csv(out, index=False, float_format="%.6g")
    rate = table[(table["case"] == a.case) & table["side"].isin(sides)].pivot(
        index="round", columns="side", values="samples_per_second"
    )
    first, *others = sides
    for peer in others:
        ratio = rate[first] / rate[peer]
        print(f"{a.case}: {first} / {peer}: median {ratio.median():.2f}x, range {ratio.min():.2f} to {ratio.max():.2f}")


if __name__ == "__main__":
    main()
