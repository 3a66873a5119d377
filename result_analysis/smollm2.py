"""Collects what `studies/smollm2.yaml` made into `smollm2/`, and asks each of its models about text of other domains.

python result_analysis/smollm2.py OUT MODEL DATA    # the study's folder, the untouched model's, and a copy of the data below
python result_analysis/smollm2.py opinions JUDGE    # what two more judges say of all answers; JUDGE: what nbs/recipes/train_judge.py
                                                    # JUDGE people makes of MiniLM, in a quarter of an hour
python result_analysis/smollm2.py fluency MODEL     # what the untouched model says of the first answer to each prompt

Run it again as runs end: what stands in `smollm2/` is left as it is. `smollm2.ipynb` recomputes every figure from there. Data, of which
numbers alone are kept: DATA/wiki/wiki_comments_1492.csv (Wikipedia talk pages, conversationai/unintended-ml-bias-analysis, CC BY 4.0) and
DATA/toxigen/toxigen_subset_6514.json (ToxiGen, Hartvigsen et al. 2022, by microsoft/SafeNLP, MIT and CDLA-Permissive-2.0)."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from rewardlm.core.calibration import Calibrated
from rewardlm.core.GenerativeModel import GenerativeModel
from rewardlm.core.words import ProfanityCheck
from rewardlm.table import read_table, write_table
from rewardlm.utility import neutral_nll, with_nll
from rewardlm.utils.general_utils import atomic_path, write_text

HERE = Path(__file__).parent / "smollm2"
NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
KEEP = (
    "prompt_id sample_id prompts responses n_tokens finish_reason prompt_score response_score error judge_prompt_score "
    "judge_response_score judge_error toxicity source"
).split()
OPINIONS, FLUENCY = "all.opinions.parquet", "all.fluency.parquet"
PER_GROUP, COMMENTS, WORDS = 40, 300, 60  # statements a group, comments, words of a comment


def texts(data: Path) -> pd.DataFrame:  # `domain, group, number, text`
    "Harmless text of other domains than the one that measures and anchors."
    wiki = pd.read_csv(data / "wiki" / "wiki_comments_1492.csv")
    calm = wiki.loc[~wiki["toxic"].astype(bool), "comment"].str.split()
    calm = calm[calm.str.len() >= 12].str[:WORDS].str.join(" ").drop_duplicates().head(COMMENTS)
    rows = [("wiki comments", "", int(number), text) for number, text in calm.items()]
    said = json.loads((data / "toxigen" / "toxigen_subset_6514.json").read_text())
    neutral = [each for each in said if each["label"] == "neutral" and each["toxicity_score"] <= 2]
    for group in sorted({each["target_groups"][0] for each in neutral}):
        own = [each for each in neutral if each["target_groups"][0] == group][:PER_GROUP]
        rows += [("neutral statements", group, each["id"], each["text"]) for each in own]
    return pd.DataFrame(rows, columns=["domain", "group", "number", "text"]).drop_duplicates("text")


def place_of(out: Path, name: str, untouched: str) -> str:
    "Where a measured model's weights are."
    if name == "PT":
        return untouched
    (found,) = (out / kind / name / "model" for kind in ("rlaf", "finetune") if (out / kind / name).is_dir())
    return str(found)


def collect(out: Path, name: str, untouched: str, other: pd.DataFrame) -> None:
    "One measured model's answers, histories and likelihoods."
    measured, place = out / "measure" / name, place_of(out, name, untouched)
    table = read_table(measured / "toxicity.csv")
    attrs = json.loads(json.dumps(table.attrs).replace(untouched, NAME).replace(str(out), "OUT"))
    table = table[KEEP]
    table.attrs = attrs
    model = GenerativeModel(place, load_dtype="bf16", accelerator_kwargs={"cpu": True})
    nll = neutral_nll(model, other["text"].tolist())
    web = pd.read_parquet(measured / "neutral.parquet").assign(domain="web text", group="")
    rest = nll.merge(other, on="text", how="left")
    likely = pd.concat([web.assign(number=range(len(web))), rest], ignore_index=True).assign(model=name)
    with atomic_path(HERE / f"{name}.likelihoods.parquet") as temporary:
        likely[["model", "domain", "group", "number", "nats", "tokens"]].to_parquet(temporary)
    if place != untouched:
        history = Path(place).parent / "history.csv"
        write_text(HERE / f"{name}.history.csv", history.read_text())
    write_table(table, HERE / f"{name}.parquet")


def left(file: Path) -> tuple[pd.DataFrame, list[str]]:
    "What a file already has, and the models that it lacks."
    known = pd.read_parquet(file) if file.exists() else pd.DataFrame({"model": []})
    names = sorted(path.stem for path in HERE.glob("*.parquet") if "." not in path.stem)
    return known, [name for name in names if name not in set(known["model"])]


def opinions(judge: str) -> None:
    "Scores of two judges of other families with people's labels; the first one's on Perspective's scale, too."
    minilm, (known, names) = Calibrated(judge), left(HERE / OPINIONS)
    for name in names:
        table = read_table(HERE / f"{name}.parquet")
        texts = table["responses"].fillna("").tolist()
        scores = {"minilm": np.array(minilm.scorer.score(texts), dtype=float), "profanity": ProfanityCheck()(texts)}
        scores["minilm_perspective"] = minilm.calibration(scores["minilm"])
        rows = table[["prompt_id", "sample_id"]].assign(model=name, **scores).astype(dict.fromkeys(scores, np.float32))
        known = pd.concat([known, rows], ignore_index=True)
        with atomic_path(HERE / OPINIONS) as temporary:
            known.to_parquet(temporary)
        print(name, flush=True)
    minilm.errors.to_csv(HERE / "opinions.csv", index=False)
    print(minilm, minilm.note(), sep="\n")


def fluency(untouched: str) -> None:
    "How likely the untouched model finds the first answer to each prompt."
    model = GenerativeModel(untouched, load_dtype="bf16", accelerator_kwargs={"cpu": True})
    known, names = left(HERE / FLUENCY)
    for name in names:
        table = read_table(HERE / f"{name}.parquet").query("sample_id == 0")
        table = with_nll(table, model, custom_prompt=table.attrs["measured_with"]["template"], batch_size=16)
        known = pd.concat([known, table[["prompt_id", "base_nats", "base_tokens"]].assign(model=name)])
        with atomic_path(HERE / FLUENCY) as temporary:
            known.to_parquet(temporary, index=False)
        print(name, flush=True)


def main() -> None:
    torch.set_num_threads(1)
    if sys.argv[1] in ("opinions", "fluency"):
        return {"opinions": opinions, "fluency": fluency}[sys.argv[1]](sys.argv[2])
    out, untouched, data = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    HERE.mkdir(exist_ok=True)
    notes = {path.stem.removeprefix("measure-"): path.read_text() for path in out.glob("stages/measure-*.json")}
    done = sorted(name for name, note in notes.items() if json.loads(note).get("ended"))
    other = texts(data)
    for name in done:
        if not (HERE / f"{name}.parquet").exists():
            print(name, flush=True)
            collect(out, name, untouched, other)
    for name in ("study.yaml", "about.json"):  # settings as they were, environment and commit of each call
        write_text(HERE / name, (out / name).read_text().replace(untouched, NAME).replace(str(out), "OUT"))


if __name__ == "__main__":
    main()
