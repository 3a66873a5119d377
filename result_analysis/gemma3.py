"""Chooses settings for Gemma 3 270M on development prompts, then makes and measures the arms of its study.

python result_analysis/gemma3.py dev OUT MODEL      # studies/gemma3_dev.yaml; what its rule chose: OUT/dev.csv, OUT/chosen.json
python result_analysis/gemma3.py study OUT MODEL    # studies/gemma3.yaml with those settings, for `collect.py runs gemma3 OUT/gemma3 MODEL`

MODEL: the folder of result_analysis/get_gemma3.py. A process trains one run and measures it: one a core, or all at once on a card; logs
are in OUT/logs. What is done is left as it is, so the same command goes on where a working day ended; a run that a guard stopped stays
stopped. Exit status 1 where a run failed."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml

from rewardlm.core.RL.guards import RunStopped
from rewardlm.data.data_utils import neutral_texts
from rewardlm.metrics import summarize
from rewardlm.study import Study
from rewardlm.table import read_table
from rewardlm.utility import neutral_nll
from rewardlm.utils.general_utils import atomic_path

HERE = Path(__file__).parent
CHOSEN = ("lr", "kl_coef", "anchor_coef", "lr_scheduler_type", "warmup_ratio", "bs", "mini_bs")


def written(out: Path, name: str, model: str, chosen: dict) -> Path:
    "The study's file, with where it works, its model and what was chosen."
    settings = yaml.safe_load((HERE / "studies" / f"{name}.yaml").read_text())
    settings |= {"out": str(out / name)}
    settings["models"]["PT"]["model"] = model
    for arm in settings["rlaf"]:
        own = {key: value for key, value in chosen.items() if key != "anchor_coef" or arm.get("anchor")}
        if arm["name"] != "HACK":
            arm["updates"] = own.pop("updates", arm["updates"])
            if own and "num_generations" not in arm["ppo"]:  # a value head: half the answers and twice the epochs
                own["bs"] //= 2
            arm["ppo"] |= own
    (out / f"{name}.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    return out / f"{name}.yaml"


def one(file: Path, run: str) -> None:
    "Train a run, if it is one that learns, and measure it."
    torch.set_num_threads(1)
    study = Study.from_yaml(file)
    for stage in study.stages():
        if stage.folder.name == run:
            began = time.time()
            study.do(stage)
            print(f"{stage.title}: {time.time() - began:.0f} s", flush=True)
    likely = Path(study.out, f"{run}.neutral.parquet")
    if (
        file.stem == "gemma3_dev" and not likely.exists()
    ):  # by neutral text that no anchor holds and that does not measure the study
        base = study.models["PT"]
        place = base.model if run == "PT" else str(Path(study.out, "rlaf", run, "model"))
        texts = neutral_texts(held_out=False)[study.rlaf[0].anchor.limit :]
        with atomic_path(likely) as temporary:
            neutral_nll(study._load(replace(base, model=place)), texts).to_parquet(temporary)


def together(out: Path, file: Path) -> bool:  # whether none failed
    "Each run by a process of its own."
    (out / "logs").mkdir(exist_ok=True)
    runs = list(dict.fromkeys(stage.folder.name for stage in Study.from_yaml(file).stages()))
    how = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    start = time.time()

    def do(run: str) -> bool:
        stopped, code = out / f"{file.stem}-{run}.stopped", 0
        if not stopped.exists():
            with open(out / "logs" / f"{file.stem}-{run}.log", "a") as log:
                command = [sys.executable, __file__, "one", str(file), run, str(stopped)]
                code = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, env=how, check=False).returncode
        failed = code and not stopped.exists()
        said = stopped.read_text() if stopped.exists() else f"FAILED ({code})" if failed else "done"
        print(f"{time.time() - start:.0f} s {run} {said}", flush=True)
        return not failed

    with ThreadPoolExecutor(len(runs) if torch.cuda.is_available() else os.cpu_count()) as pool:
        return all(list(pool.map(do, runs)))


def choose(out: Path, file: Path) -> None:
    "What the rule in gemma3_dev.yaml says of its runs; those that a guard stopped, or that failed, can't be chosen."
    study, rows = Study.from_yaml(file), []
    arms = {f"{arm.name}-{seed}": arm for arm in study.rlaf for seed in arm.seeds}
    for run in ("PT", *arms):
        likely, measured = Path(study.out, f"{run}.neutral.parquet"), Path(study.out, "measure", run, "toxicity.csv")
        if not likely.is_file():
            print(f"{run} did not end: not chosen", flush=True)
            continue
        said = summarize({run: read_table(measured)}).query("stratum == 'all'").set_index("scorer")
        nll, columns = pd.read_parquet(likely), ["mean", "prob", "mean_words", "distinct_2", "empty"]
        row = said.loc["response_score", columns].to_dict() | {"nats": nll["nats"].sum() / nll["tokens"].sum()}
        rows.append({"run": run, **row, **said.loc["judge_response_score", ["mean", "prob"]].add_prefix("judge_")})
    table = pd.DataFrame(rows).set_index("run")
    before = table.loc["PT"]
    table["perplexity_ratio"] = np.exp((table["nats"] - before["nats"]).astype(float))
    for name in ("mean_words", "distinct_2"):
        table[f"{name}_ratio"] = table[name] / before[name]
    cheap = table["perplexity_ratio"] <= 1.01
    whole = table["mean_words_ratio"].between(0.95, 1.05) & (table["distinct_2_ratio"] >= 0.98)
    table["can_be_chosen"] = cheap & whole & (table["empty"] <= before["empty"] + 0.01)
    table.to_csv(out / "dev.csv")
    runs = table.drop(index="PT")
    for able, column in (
        (runs["can_be_chosen"], "mean"),
        (runs["perplexity_ratio"] <= 1.01, "mean"),
        (runs["perplexity_ratio"] > 1.01, "perplexity_ratio"),
    ):
        if able.any():
            best = runs.loc[able, column].astype(float).idxmin()
            break
    else:
        sys.exit("no run ended; see OUT/logs")
    chosen = {name: getattr(arms[best].ppo, name) for name in CHOSEN} | {"updates": arms[best].updates}
    (out / "chosen.json").write_text(json.dumps({"run": best, "settings": chosen}))
    print(table.T.to_string(), best, chosen, sep="\n", flush=True)


def main() -> None:
    what, out = sys.argv[1], Path(sys.argv[2])
    if what == "one":
        try:
            return one(out, sys.argv[3])
        except RunStopped as stop:
            Path(sys.argv[4]).write_text(str(stop))
            raise
    model, out = sys.argv[3], out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    if what == "dev":
        file = written(out, "gemma3_dev", model, {})
        whole = together(out, file)
        choose(out, file)
        sys.exit(not whole)
    file = written(out, "gemma3", model, json.loads((out / "chosen.json").read_text())["settings"])
    study = Study.from_yaml(file)
    Path(study.out).mkdir(exist_ok=True)
    study._write(study.overlap())
    sys.exit(not together(out, file))


if __name__ == "__main__":
    main()
