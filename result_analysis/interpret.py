"""What the demo's models lean on, by three methods and against foils, and whether the maps can be believed: the tables of `interpret.ipynb`.

    python result_analysis/interpret.py RL_ADAPTER [FOLDER]    # the demo's rewarded model, as `save_pretrained` left it

The baseline is the same weights with the adapter off. Both answer the demo's held-out prompts anew (the toxic ones and as
many others, one sample, 20 tokens, the demo's draws), a second judge scores, and the runs go on in FOLDER where they were
stopped. Written: `interpret/effects.csv`, `interpret/faithfulness.csv`, `interpret/agreement.csv`,
`interpret/numbers.parquet` (a row an answer, without its texts) and `interpret/about.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

from rewardlm import GenerativeModel
from rewardlm.cli import JUDGE, demo_measure, demo_prompts, fixed_length
from rewardlm.core.RewardModel import RewardModel
from rewardlm.faithfulness import deletion_curves, deletion_toxicity, faithfulness, map_agreement, random_weights
from rewardlm.interpretability import LISTS, attribute, attribution_effects
from rewardlm.table import read_table, write_table
from rewardlm.utils.general_utils import write_csv, write_text

HERE = Path(__file__).parent / "interpret"
METHODS = ("saliency", "input_x_gradient", "attention")  # integrated gradients take twenty times as long
PROMPTS = 40  # toxic ones, and as many others


def chosen() -> pd.DataFrame:
    "The demo's first toxic held-out prompts, and as many that are not."
    prompts = demo_prompts(400)
    toxic = prompts[prompts["stratum"] == "toxic prompt"].head(PROMPTS)
    return pd.concat([toxic, prompts[prompts["stratum"] != "toxic prompt"].head(PROMPTS)], ignore_index=True)


def measured(models: dict[str, GenerativeModel], folder: Path) -> dict[str, pd.DataFrame]:
    "Both models' answers, kept in the folder."
    files = {name: folder / f"{name}.csv" for name in models}
    if not all(file.exists() for file in files.values()):
        for name, table in demo_measure(models, chosen(), 0, 1).items():
            write_table(table, files[name])
    return {name: read_table(file) for name, file in files.items()}


def main(adapter: str, folder: Path) -> None:
    rl, pt = (GenerativeModel(name, device="cpu") for name in (adapter, "rewardlm/tiny-neox"))
    judge, models = RewardModel(JUDGE, device="cpu"), {"PT": None, "RL": rl}
    tables = measured({"PT": pt, "RL": rl}, folder)
    found, faithful, agree = {}, [], []
    for method in METHODS:
        found[method] = attribute(tables, models, method=method, judge=judge, out=folder / method)
        own = found[method][found[method]["model"] == found[method]["answer_of"]]
        curves = deletion_curves(own, models, out=folder / f"{method}_curves")
        fallen = deletion_toxicity(own, models, judge, fixed_length())
        faithful += [faithfulness(curves), faithfulness(fallen)]
        print(method, flush=True)
    of = {method: table[(table["model"] == "PT") & (table["answer_of"] == "PT")] for method, table in found.items()}
    for method in METHODS:
        blank = attribute(tables["PT"], {"PT": random_weights(pt)}, method=method, out=folder / f"{method}_random")
        agree.append({"a": method, "b": f"{method}, random weights"} | map_agreement(of[method], blank))
    pairs = [(a, b) for i, a in enumerate(METHODS) for b in METHODS[i + 1 :]]
    agree += [{"a": a, "b": b} | map_agreement(of[a], of[b]) for a, b in pairs]
    against = attribute(tables, models, method="contrastive", judge=judge, out=folder / "contrastive")
    effects = {**{m: attribution_effects(t) for m, t in found.items()}, "contrastive": attribution_effects(against)}
    frames = [frame.assign(map=name) for name, frame in effects.items()]
    write_csv(pd.concat(frames, ignore_index=True).drop(columns="method"), HERE / "effects.csv")
    write_csv(pd.concat(faithful, ignore_index=True), HERE / "faithfulness.csv")
    write_csv(pd.DataFrame(agree), HERE / "agreement.csv")
    numbers = pd.concat([table.drop(columns=[*LISTS, "prompts", "responses"]) for table in found.values()])
    HERE.mkdir(exist_ok=True)
    numbers.to_parquet(HERE / "numbers.parquet", index=False)
    attrs = found["saliency"].attrs
    facts = {name: {key: fact[key] for key in ("weights", "adapter")} for name, fact in attrs["models"].items()}
    about = {"notes": attrs["notes"], "models": facts, "prompts": len(chosen()), "versions": attrs["versions"]}
    write_text(HERE / "about.json", json.dumps(about, indent=1))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2] if len(sys.argv) > 2 else "interpret_runs"))
