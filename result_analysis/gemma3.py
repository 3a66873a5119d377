"""Chooses settings for Gemma 3 270M on development prompts, then makes and measures the arms of its study, many at once on one card.

python result_analysis/gemma3.py dev OUT MODEL      # studies/gemma3_dev.yaml; what its rule chose: OUT/dev.csv, OUT/chosen.json
python result_analysis/gemma3.py study OUT MODEL    # studies/gemma3.yaml with those settings; tables, histories: OUT/kept
python result_analysis/gemma3.py take OUT           # into gemma3/: tables, histories, settings; never weights

MODEL: the folder of ../shared/tools/get_gemma3.py. A process trains one run and measures it; logs are in OUT/logs. What is done is
left as it is, so the same command goes on where a working day ended."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import yaml

HERE = Path(__file__).parent
DATA = HERE.parent / "nbs" / "recipes" / "data"
NAME = "google/gemma-3-270m"
KEEP = (
    "prompt_id sample_id prompts responses n_tokens finish_reason prompt_score response_score error judge_prompt_score "
    "judge_response_score judge_error toxicity source"
).split()
CHOSEN = ("lr", "kl_coef", "anchor_coef")


def study_of(file: Path):
    "A study whose runs find each other by its file."
    from rewardlm.study import Study

    return Study.from_yaml(file)


def written(out: Path, name: str, model: str, chosen: dict) -> Path:
    "The study's file, with where it works, its model and what was chosen."
    settings = yaml.safe_load((HERE / "studies" / f"{name}.yaml").read_text())
    settings |= {"out": str(out / name)}
    settings["models"]["PT"]["model"] = model
    for arm in settings["rlaf"]:
        own = {key: value for key, value in chosen.items() if key != "anchor_coef" or arm.get("anchor")}
        arm["ppo"] |= {} if arm["name"] == "HACK" else own
    (out / f"{name}.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    return out / f"{name}.yaml"


def one(file: Path, run: str) -> None:
    "Train a run, if it is one that learns, and measure it."
    import torch
    from smollm2 import texts as other_texts

    from rewardlm.data.data_utils import neutral_texts
    from rewardlm.table import read_table
    from rewardlm.utility import neutral_nll, with_nll

    torch.set_num_threads(1)
    study = study_of(file)
    for stage in study.stages():
        if stage.folder.name == run:
            began = time.time()
            study.do(stage)
            print(f"{stage.title}: {time.time() - began:.0f} s", flush=True)
    place = study.models["PT"].model if run == "PT" else next(Path(study.out).glob(f"[fr]*/{run}/model"))
    model = study._load(replace(study.models["PT"], model=str(place)))
    texts = neutral_texts(held_out=False)[1083:] if file.stem == "gemma3_dev" else other_texts(DATA)["text"].tolist()
    neutral_nll(model, texts).to_parquet(Path(study.out, f"{run}.other.parquet"))
    if file.stem == "gemma3":  # how likely the untouched model finds what this one wrote
        del model
        measured = read_table(Path(study.out, "measure", run, "toxicity.csv"))
        fluency = with_nll(measured, study._load(study.models["PT"]), batch_size=512)
        columns = ["prompt_id", "sample_id", "base_nats", "base_tokens"]
        fluency[columns].to_parquet(Path(study.out, f"{run}.fluency.parquet"))
    print("likelihoods", flush=True)


def together(out: Path, file: Path) -> None:
    "Each run by a process of its own, at once."
    (out / "logs").mkdir(exist_ok=True)
    runs = list(dict.fromkeys(stage.folder.name for stage in study_of(file).stages()))
    how = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    began = {}
    for run in runs:
        with open(out / "logs" / f"{file.stem}-{run}.log", "a") as log:
            began[run] = subprocess.Popen(
                [sys.executable, __file__, "one", str(file), run], stdout=log, stderr=subprocess.STDOUT, env=how
            )
    start, left = time.time(), set(runs)
    while left:
        for run in sorted(left):
            if (code := began[run].poll()) is not None:
                print(f"{time.time() - start:.0f} s {run} {'done' if code == 0 else f'FAILED ({code})'}", flush=True)
                left.discard(run)
                if file.stem == "gemma3":
                    keep(out, run)
        time.sleep(0.5)


def keep(out: Path, run: str) -> None:
    "What is committed of a run: never its weights."
    from rewardlm.table import read_table, write_table

    kept, study = out / "kept", out / "gemma3"
    kept.mkdir(exist_ok=True)
    shutil.copy(out / "logs" / f"gemma3-{run}.log", kept)
    for history in study.glob(f"*/{run}/history.csv"):
        if history.parent.parent.name != "measure":
            shutil.copy(history, kept / f"{run}.history.csv")
    measured = study / "measure" / run
    if (measured / "toxicity.csv").is_file():
        table = read_table(measured / "toxicity.csv")
        attrs, table = table.attrs, table[KEEP]
        table.attrs = json.loads(json.dumps(attrs).replace(str(out), "OUT"))
        write_table(table, kept / f"{run}.parquet")
    for file in (measured / "neutral.parquet", study / f"{run}.other.parquet", study / f"{run}.fluency.parquet"):
        if file.is_file():
            shutil.copy(file, kept / f"{run}.{file.name.split('.')[-2]}.parquet")


def choose(out: Path) -> dict:
    "What the rule in gemma3_dev.yaml says of its runs."
    from rewardlm.metrics import summarize
    from rewardlm.table import read_table

    study = out / "gemma3_dev"
    rows = []
    for measured in sorted(study.glob("measure/*/toxicity.csv")):
        run = measured.parent.name
        if not (study / f"{run}.other.parquet").is_file():
            continue
        said = summarize({run: read_table(measured)})
        said = said[said["stratum"] == said["stratum"].iloc[0]].set_index("scorer")
        row, judged = said.loc["response_score"], said.loc["judge_response_score"]
        nll = pd.read_parquet(study / f"{run}.other.parquet")
        columns = row[["mean", "prob", "mean_words", "distinct_2", "empty"]].to_dict()
        nats = nll["nats"].sum() / nll["tokens"].sum()
        rows.append({"run": run, **columns, "judge_mean": judged["mean"], "judge_prob": judged["prob"], "nats": nats})
    table = pd.DataFrame(rows).set_index("run")
    before = table.loc["PT"]
    table["perplexity_ratio"] = (table["nats"] - before["nats"]).map(lambda x: 2.718281828459045**x)
    table["words_ratio"], table["distinct_ratio"] = (
        table[name] / before[name] for name in ("mean_words", "distinct_2")
    )
    cheap = table["perplexity_ratio"] <= 1.01
    table["can_be_chosen"] = (
        cheap
        & table["words_ratio"].between(0.95, 1.05)
        & (table["distinct_ratio"] >= 0.98)
        & (table["empty"] <= before["empty"] + 0.01)
    )
    runs = table.drop(index="PT")
    if (able := runs[runs["can_be_chosen"]]).size:
        best, rule = able["mean"].idxmin(), 2
    elif (able := runs[runs["perplexity_ratio"] <= 1.01]).size:
        best, rule = able["mean"].idxmin(), 3
    else:
        best, rule = runs["perplexity_ratio"].idxmin(), 3
    table.to_csv(out / "dev.csv")
    arms = yaml.safe_load((out / "gemma3_dev.yaml").read_text())["rlaf"]
    ppo = next(arm["ppo"] for arm in arms if f"{arm['name']}-100" == best or arm["name"] == best)
    chosen = {name: ppo[name] for name in CHOSEN if name in ppo}
    (out / "chosen.json").write_text(json.dumps({"run": best, "by": rule, "settings": chosen}))
    print(table.round(4).to_string(), best, rule, chosen, sep="\n", flush=True)
    return chosen


def main() -> None:
    what, out = sys.argv[1], Path(sys.argv[2])
    if what == "one":
        return one(out, sys.argv[3])
    if what == "take":
        shutil.copytree(out / "kept", HERE / "gemma3", dirs_exist_ok=True)
        return None
    out.mkdir(parents=True, exist_ok=True)
    out = out.resolve()
    if what == "dev":
        together(out, written(out, "gemma3_dev", sys.argv[3], {}))
        choose(out)
        return None
    chosen = json.loads((out / "chosen.json").read_text())["settings"]
    file = written(out, "gemma3", sys.argv[3], chosen)
    study = study_of(file)
    Path(study.out).mkdir(exist_ok=True)
    study._write(study.overlap())
    together(out, file)
    for name in ("study.yaml", "about.json"):
        said = (out / "gemma3" / name).read_text().replace(sys.argv[3], NAME).replace(str(out), "OUT")
        (out / "kept" / name).write_text(said)
    for name in ("dev.csv", "chosen.json"):
        shutil.copy(out / name, out / "kept")
    return None


if __name__ == "__main__":
    main()
