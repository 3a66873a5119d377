"""Collects what a study of a real model made, `studies/STUDY.yaml`, into `STUDY/`, from which its notebook computes every figure.

python result_analysis/collect.py runs STUDY OUT MODEL DATA    # the study's folder, the untouched model's, a copy of the data below
python result_analysis/collect.py opinions STUDY JUDGE         # what two more judges say of all answers; JUDGE: what
                                                               # nbs/recipes/train_judge.py JUDGE people makes of MiniLM, in minutes
python result_analysis/collect.py fluency STUDY MODEL          # what the untouched model says of the first answer to each prompt
python result_analysis/collect.py capability STUDY OUT MODEL TASKS   # multiple-choice questions of BIG-bench; TASKS: what
                                                               # `pip download --no-deps bigbench==1.0.0` brings, Apache-2.0

STUDY: smollm2 or gemma3. Run it again as runs end: what stands in `STUDY/` is left as it is. Weights are not collected. `runs` also asks
each model about text of other domains, of which numbers alone are kept: DATA/wiki/wiki_comments_1492.csv (Wikipedia talk pages,
conversationai/unintended-ml-bias-analysis, CC BY 4.0) and DATA/toxigen/toxigen_subset_6514.json (ToxiGen, Hartvigsen et al. 2022, by
microsoft/SafeNLP, MIT and CDLA-Permissive-2.0)."""

import json
import sys
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml

from rewardlm.core.calibration import Calibrated
from rewardlm.core.GenerativeModel import GenerativeModel
from rewardlm.core.words import ProfanityCheck
from rewardlm.table import read_table, write_table
from rewardlm.utility import neutral_nll, with_nll
from rewardlm.utils.general_utils import atomic_path, write_text

HERE = Path(__file__).parent
KEEP = (
    "prompt_id sample_id prompts responses n_tokens finish_reason prompt_score response_score error judge_prompt_score "
    "judge_response_score judge_error toxicity source"
).split()
OPINIONS, FLUENCY, CAPABILITY = "all.opinions.parquet", "all.fluency.parquet", "all.capability.parquet"
TASKS = (
    "goal_step_wikihow/step_inference goal_step_wikihow/goal_inference general_knowledge phrase_relatedness "
    "human_organs_senses similarities_abstraction"
).split()  # short questions of common sense in English; social_iqa was asked, too, and left out: the untouched SmolLM2 guessed
QUESTIONS = 100  # a task, at most: its first
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


def public(text: str, study: str, out: Path, untouched: str) -> str:
    "A record of a run with `a copy of` the model on the Hub for its folder here (which copy ran, the study's header says)."
    name = yaml.safe_load((HERE / "studies" / f"{study}.yaml").read_text())["models"]["PT"]["model"]
    return text.replace(untouched, f"a copy of {name}").replace(str(out), "OUT")


def collect(study: str, out: Path, name: str, untouched: str, other: pd.DataFrame) -> None:
    "One measured model's answers, histories and likelihoods."
    measured, place, folder = out / "measure" / name, place_of(out, name, untouched), HERE / study
    table = read_table(measured / "toxicity.csv")
    attrs = json.loads(public(json.dumps(table.attrs), study, out, untouched))
    table = table[KEEP].astype({column: np.float32 for column in KEEP if column.endswith("_score")})
    table.attrs = attrs
    model = GenerativeModel(place, load_dtype="bf16")
    nll = neutral_nll(model, other["text"].tolist())
    web = pd.read_parquet(measured / "neutral.parquet").assign(domain="web text", group="")
    rest = nll.merge(other, on="text", how="left")
    likely = pd.concat([web.assign(number=range(len(web))), rest], ignore_index=True).assign(model=name)
    with atomic_path(folder / f"{name}.likelihoods.parquet") as temporary:
        likely[["model", "domain", "group", "number", "nats", "tokens"]].to_parquet(temporary)
    if place != untouched:
        history = Path(place).parent / "history.csv"
        write_text(folder / f"{name}.history.csv", history.read_text())
    write_table(table, folder / f"{name}.parquet")


def runs(study: str, out: str, untouched: str, data: str) -> None:
    "Every model that was measured to its end."
    place, other = Path(out), texts(Path(data))
    (HERE / study).mkdir(exist_ok=True)
    notes = {path.stem.removeprefix("measure-"): path.read_text() for path in place.glob("stages/measure-*.json")}
    for name in sorted(name for name, note in notes.items() if json.loads(note).get("ended")):
        if not (HERE / study / f"{name}.parquet").exists():
            print(name, flush=True)
            collect(study, place, name, untouched, other)
    for name in ("study.yaml", "about.json"):  # settings as they were, environment and commit of each call
        write_text(HERE / study / name, public((place / name).read_text(), study, place, untouched))


def left(file: Path) -> tuple[pd.DataFrame, list[str]]:
    "What a file already has, and the models that it lacks."
    known = pd.read_parquet(file) if file.exists() else pd.DataFrame({"model": []})
    names = sorted(path.stem for path in file.parent.glob("*.parquet") if "." not in path.stem)
    return known, [name for name in names if name not in set(known["model"])]


def opinions(study: str, judge: str) -> None:
    "Scores of two judges of other families with people's labels; the first one's on Perspective's scale, too."
    folder, minilm = HERE / study, Calibrated(judge)
    known, names = left(folder / OPINIONS)
    for name in names:
        table = read_table(folder / f"{name}.parquet")
        answers = table["responses"].fillna("").tolist()
        scores = {"minilm": np.array(minilm.scorer.score(answers), dtype=float), "profanity": ProfanityCheck()(answers)}
        scores["minilm_perspective"] = minilm.calibration(scores["minilm"])
        rows = table[["prompt_id", "sample_id"]].assign(model=name, **scores).astype(dict.fromkeys(scores, np.float32))
        known = pd.concat([known, rows], ignore_index=True)
        with atomic_path(folder / OPINIONS) as temporary:
            known.to_parquet(temporary)
        print(name, flush=True)
    minilm.errors.to_csv(folder / "opinions.csv", index=False)
    print(minilm, minilm.note(), sep="\n")


def fluency(study: str, untouched: str) -> None:
    "How likely the untouched model finds the first answer to each prompt."
    folder, model = HERE / study, GenerativeModel(untouched, load_dtype="bf16")
    known, names = left(folder / FLUENCY)
    for name in names:
        table = read_table(folder / f"{name}.parquet").query("sample_id == 0")
        table = with_nll(table, model, custom_prompt=table.attrs["measured_with"]["template"], batch_size=16)
        known = pd.concat([known, table[["prompt_id", "base_nats", "base_tokens"]].assign(model=name)])
        with atomic_path(folder / FLUENCY) as temporary:
            known.to_parquet(temporary, index=False)
        print(name, flush=True)


def questions(
    archive: Path, model: GenerativeModel
) -> list[tuple]:  # an answer each: task, item, right, prompt, answer
    """BIG-bench's questions (Srivastava et al. 2022) as a chat where the model has a template, else behind `Q:`. Its tasks list the
    answers in most questions, too; here they are not listed, so that shares are not those that others publish."""
    rows = []
    with tarfile.open(archive) as tar:
        for task in TASKS:
            said = json.load(tar.extractfile(f"bigbench-1.0.0/bigbench/benchmark_tasks/{task}/task.json"))
            for item, example in enumerate(said["examples"][:QUESTIONS]):
                ahead, question = said.get("task_prefix") or "", example["input"].rstrip()
                chat = bool(model.tokenizer.chat_template)
                prompt = model.chat_prompt(ahead + question) if chat else f"{ahead}\nQ: {question}\nA:".lstrip()
                answers = example["target_scores"].items()
                rows += [(task, item, right, prompt, text if chat else f" {text}") for text, right in answers]
    return rows


def capability(study: str, out: str, untouched: str, archive: str) -> None:
    "How likely each model finds each answer, summed over its tokens; `right` is 1 for the right one."
    folder = HERE / study
    known, names = left(folder / CAPABILITY)
    for name in names:
        model = GenerativeModel(place_of(Path(out), name, untouched), load_dtype="bf16")
        asked = questions(Path(archive), model)
        nats, _ = model.token_nll([row[3] for row in asked], [row[4] for row in asked], batch_size=32)
        said = pd.DataFrame([row[:3] for row in asked], columns=["task", "item", "right"]).assign(model=name, nats=nats)
        known = pd.concat([known, said.astype({"right": np.float32, "nats": np.float32})], ignore_index=True)
        known["item"] = known["item"].astype(int)
        with atomic_path(folder / CAPABILITY) as temporary:
            known.to_parquet(temporary)
        print(name, flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    {"runs": runs, "opinions": opinions, "fluency": fluency, "capability": capability}[sys.argv[1]](*sys.argv[2:])
