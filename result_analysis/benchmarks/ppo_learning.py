"""Does our PPO learn as well from equal samples as TRL 1.12.0's, and with fewer epochs? The reward by update, over seeds.

Same model (the embedded generator), prompts (RealToxicityPrompts), LoRA r=16, learning rate, epochs, minibatches, clipping, gamma, lambda, KL price and a
reward over the policy's own token ids (all that TRL can take): the mean of a fixed random +-1 of each new token.

    pip install --no-deps --target /tmp/trl112 trl==1.12.0
    python result_analysis/benchmarks/ppo_learning.py --peer /tmp/trl112 --seeds 3
    python result_analysis/benchmarks/ppo_learning.py --sides "ours, 2 epochs" "ours, 1 epoch"   # the rows of other sides stay
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

BATCH, MINI, NEW, EPOCHS, LR, KL = 64, 16, 16, 4, 1e-3, 0.05
SIDES = {"ours": EPOCHS, "ours, 2 epochs": 2, "ours, 1 epoch": 1, "trl": EPOCHS}  # epochs of each
HERE = Path(__file__).resolve()


def task():
    "Model, tokenizer, prompts of 8 tokens each, and the worth of each token."
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from rewardlm.data.data_utils import embedded_prompts
    from rewardlm.utils.general_utils import resolve_model_id

    torch.set_num_threads(2)
    folder = resolve_model_id("rewardlm/tiny-neox")
    model, tokenizer = (
        AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32),
        AutoTokenizer.from_pretrained(folder),
    )
    ids = [x[:8] for x in tokenizer(embedded_prompts("demo_train").prompt.tolist())["input_ids"] if len(x) >= 8]
    worth = torch.randint(0, 2, (model.config.vocab_size,), generator=torch.Generator().manual_seed(7)) * 2.0 - 1
    worth[[0, 1]] = 0  # special tokens
    return model, tokenizer, ids, worth


def ours(seed, updates, epochs):
    import torch

    from rewardlm.core.decoding import Sampling
    from rewardlm.core.GenerativeModel import add_lora, trainable_parameters
    from rewardlm.core.RL.ppo import Policy, PPOConfig, with_advantages

    model, _, ids, worth = task()
    policy = Policy(add_lora(model, seed=seed), Sampling(NEW, NEW, eos_token_ids=(0,)))
    config = PPOConfig(bs=BATCH, mini_bs=MINI, ppo_epochs=epochs, lr=LR, kl_coef=KL, seed=seed)
    optimizer, generator = (
        torch.optim.AdamW(trainable_parameters(policy), lr=LR, weight_decay=0.0),
        torch.Generator().manual_seed(seed),
    )
    order = torch.randperm(len(ids), generator=generator).tolist()
    for update in range(updates):
        batch = [ids[order[(update * BATCH + i) % len(ids)]] for i in range(BATCH)]
        rollout, _ = policy.complete(
            policy.write(batch, torch.rand(BATCH, NEW, dtype=torch.float64, generator=generator)), MINI
        )
        scores = worth[rollout.tokens].mean(1)
        yield scores.mean().item()
        policy.update(with_advantages(rollout, scores, config), optimizer, config, generator)


def trl(seed, updates, epochs):
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from torch import nn
    from transformers import AutoModelForSequenceClassification
    from trl.experimental.ppo import PPOConfig, PPOTrainer

    model, tokenizer, ids, worth = task()

    class Reward(nn.Module):
        "TRL reads a reward from a backbone's last hidden state by a head called `score`, at the last real token."

        base_model_prefix = "backbone"

        def __init__(self):
            super().__init__()
            self.score = nn.Linear(1, 1, bias=False)
            nn.init.ones_(self.score.weight)
            self.backbone = Running()

    class Running(nn.Module):
        def forward(self, input_ids, **rest):
            sums = worth[input_ids].clone()
            sums[:, :8] = 0  # the prompt
            return SimpleNamespace(hidden_states=[sums.cumsum(1)[..., None] / NEW])

    value = AutoModelForSequenceClassification.from_pretrained(
        model.config._name_or_path, num_labels=1, dtype=torch.float32
    )
    model.generation_config.suppress_tokens = [0]  # as many new tokens on both sides
    with tempfile.TemporaryDirectory() as folder:
        arguments = PPOConfig(
            output_dir=folder,
            use_cpu=True,
            report_to="none",
            learning_rate=LR,
            lr_scheduler_type="constant",
            per_device_train_batch_size=BATCH,
            gradient_accumulation_steps=1,
            num_mini_batches=BATCH // MINI,
            num_ppo_epochs=epochs,
            total_episodes=BATCH * updates,
            response_length=NEW,
            temperature=1.0,
            bf16=False,
            local_rollout_forward_batch_size=BATCH,
            num_sample_generations=0,
            save_strategy="no",
            logging_steps=1,
            disable_tqdm=True,
            kl_coef=KL,
            gamma=1.0,
            lam=0.95,
            cliprange=0.2,
            cliprange_value=0.2,
            vf_coef=0.1,
            max_grad_norm=1.0,
            seed=seed,
        )
        trainer = PPOTrainer(
            arguments,
            tokenizer,
            model,
            None,
            Reward(),
            Dataset.from_dict({"input_ids": ids}),
            value,
            eval_dataset=Dataset.from_dict({"input_ids": ids[:4]}),
            peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"),
        )
        assert (trainer.args.batch_size, trainer.args.mini_batch_size) == (BATCH, MINI)
        trainer.train()
    yield from (row["objective/scores"] for row in trainer.state.log_history if "objective/scores" in row)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", help="folder with trl 1.12.0; the side trl needs it")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=16)
    parser.add_argument("--out", default=str(HERE.with_suffix(".csv")))
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if "trl" in a.sides and not a.peer and not a.side:
        parser.error("--peer is needed for the side trl: the folder with trl 1.12.0")
    if a.side:
        import warnings

        import transformers

        transformers.utils.logging.set_verbosity_error()
        warnings.simplefilter("ignore")
        print("RESULT " + json.dumps(list((trl if a.side == "trl" else ours)(a.seed, a.updates, SIDES[a.side]))))
        return
    import pandas as pd

    rows = []
    for seed in range(a.seeds):
        for side in a.sides:
            path = [str(HERE.parents[2])] + ([a.peer] if side == "trl" else [])
            env = {
                **os.environ,
                "OMP_NUM_THREADS": "2",
                "PYTHONPATH": os.pathsep.join(path[::-1]),
                "TRL_EXPERIMENTAL_SILENCE": "1",
            }
            done = subprocess.run(
                [sys.executable, HERE, *sys.argv[1:], "--side", side, "--seed", str(seed)],
                env=env,
                capture_output=True,
                text=True,
            )
            line = [x for x in done.stdout.splitlines() if x.startswith("RESULT ")]
            if not line:
                sys.exit(f"{side} failed:\n{done.stderr[-3000:]}")
            rows += [
                {"side": side, "seed": seed, "update": i, "reward": value}
                for i, value in enumerate(json.loads(line[0][7:]))
            ]
            print(
                side, seed, [round(r["reward"], 3) for r in rows if (r["side"], r["seed"]) == (side, seed)], flush=True
            )
    known = pd.read_csv(a.out) if Path(a.out).exists() else pd.DataFrame()
    kept = known[~known.side.isin(a.sides)] if len(known) else known
    table = pd.concat([kept, pd.DataFrame(rows)])
    table.to_csv(a.out, index=False, float_format="%.5f")
    area = table.groupby(["side", "seed"]).reward.mean().unstack(0)
    print(area, f"\nmean {area.mean().to_dict()}, pooled standard deviation {(area.var().mean() ** 0.5):.4f}")


if __name__ == "__main__":
    main()
