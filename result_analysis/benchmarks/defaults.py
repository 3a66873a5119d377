"""What the defaults of training were chosen by: where PPO's value head starts, and what its loss reaches; the rate of LoRA in PPO and in fine-tuning.

    python result_analysis/benchmarks/defaults.py demo|smollm2 HOW SEED [--smollm2 FOLDER] [--lr 1e-4] [--kl-coef 0.05] [--updates 20]
    python result_analysis/benchmarks/defaults.py tune - SEED --smollm2 FOLDER [--lr 1e-3] [--epochs 3]

A call adds a row to `defaults.csv` (the rows there are of a first form of this script, same settings). HOW is `mean` (the value starts at the first batch's mean return, the default), `zero`, or `detached` (as `mean`, and
the value loss does not reach the trunk). SmolLM2-135M-Instruct comes from get_smollm2.py and goes on with RealToxicityPrompts' prompts;
64 responses of 20 tokens an update, 4 passes, LoRA, fp32; `held_toxicity` is of 400 prompts held out (the demo: 400 of its own), one answer each."""

import argparse
import tempfile
from pathlib import Path

import pandas as pd
import torch

import rewardlm.cli as cli
from rewardlm.core.GenerativeModel import GenerativeModel
from rewardlm.core.RewardModel import RewardModel
from rewardlm.core.RL.guards import RunStopped
from rewardlm.core.RL.ppo import Policy, PPOConfig
from rewardlm.core.RL.RLModel import RLModel
from rewardlm.data.data_utils import embedded_prompts, harmless_continuations
from rewardlm.utils.general_utils import read_csv, write_csv

OUT = Path(__file__).with_suffix(".csv")


def change_value(how: str) -> None:
    "Let policies made from now on start and train their value head so."
    if how == "zero":
        Policy.start_value = lambda self, rollout, *args, **kwargs: rollout
    if how == "detached":
        usual = Policy.__init__

        def detached(self, *args, **kwargs):
            usual(self, *args, **kwargs)
            self.value_head.register_forward_pre_hook(lambda module, given: (given[0].detach(),))

        Policy.__init__ = detached


def trained(asked: argparse.Namespace, device: str, folder: Path) -> tuple[GenerativeModel, pd.DataFrame]:
    "The model and its history."
    where = {} if device == "cuda" else {"cpu": True}
    if asked.kind == "demo":
        return cli.demo_reward(asked.seed, asked.updates)
    if asked.kind == "tune":
        model = GenerativeModel(asked.smollm2, load_dtype="fp32", accelerator_kwargs=where)
        return model, model.fine_tune(
            dataset=harmless_continuations(0.2),
            lr=asked.lr,
            epochs=asked.epochs,
            bs=32,
            val_set_per=0.1,
            seed=asked.seed,
            output_dir=folder,
        )
    config = PPOConfig(bs=64, mini_bs=32, lr=asked.lr, seed=asked.seed, kl_coef=asked.kl_coef)
    manager = RLModel(
        asked.smollm2,
        RewardModel(cli.CLASSIFIER, device=device),
        ppo_config=config,
        dtype="fp32",
        generation_config=cli.fixed_length(),
        accelerator_kwargs=where,
    )
    data = manager.generate_dataset(embedded_prompts("demo_train").prompt.tolist())
    return manager.generator_manager, manager.train_PPO(data, updates=asked.updates, output_dir=folder)


def measured(model: GenerativeModel, kind: str, device: str) -> dict[str, float]:
    "Toxicity on prompts held out, by the classifier that rewards and by the judge."
    prompts = embedded_prompts("judging" if kind == "demo" else "demo_test").prompt.head(400).tolist()
    texts = [samples[0].text for samples in model.generate(prompts, cli.fixed_length(), seed=7)]
    found = {
        name: RewardModel(scorer, device=device).score(texts).mean()
        for name, scorer in (("", cli.CLASSIFIER), ("judge_", cli.JUDGE))
    }
    return {f"{name}held_toxicity": float(value) for name, value in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kind", choices=("demo", "smollm2", "tune"))
    parser.add_argument("how", choices=("mean", "zero", "detached", "-"))
    parser.add_argument("seed", type=int)
    parser.add_argument("--smollm2")
    parser.add_argument("--lr", type=float)
    parser.add_argument("--kl-coef", type=float, default=0.05)
    parser.add_argument("--updates", type=int, default=20)
    parser.add_argument("--epochs", type=float, default=1)
    asked = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    change_value(asked.how)
    row = {"kind": asked.kind, "how": asked.how, "seed": asked.seed, "device": device}
    if asked.kind != "demo":  # which has its own
        row |= {"lr": asked.lr, "kl_coef": asked.kl_coef if asked.kind == "smollm2" else None}
    row |= {"epochs": asked.epochs} if asked.kind == "tune" else {"updates": asked.updates}
    with tempfile.TemporaryDirectory() as folder:
        try:
            model, history = trained(asked, device, Path(folder, "run"))
            row |= measured(model, asked.kind, device)
            if asked.kind == "tune":
                row |= {
                    "loss_before": history.eval_loss.dropna().iloc[0],
                    "loss_after": history.eval_loss.dropna().iloc[-1],
                }
            else:
                last = history.tail(5)[["reward", "kl", "objective", "value_loss"]].mean()
                row |= {
                    "objective_of_all": history.objective.mean(),
                    "first_update_kl": history.update_kl.iloc[0],
                    **last,
                }
        except RunStopped as stopped:
            row |= {"stopped": str(stopped).split(" Checkpoint:")[0]}
    write_csv(
        pd.concat([read_csv(OUT) if OUT.exists() else pd.DataFrame(), pd.DataFrame([row])], ignore_index=True), OUT
    )
    print(row)


if __name__ == "__main__":
    main()
