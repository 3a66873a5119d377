"""The tasks for lm-evaluation-harness and inspect, run by the real harnesses on the embedded models, against ToxicityMeter.

    pip install 'rewardlm[lmeval,inspect]'
    python result_analysis/harnesses.py [--prompts 40] [--samples 25] [--out FILE]

Offline. Each harness is called twice: by its own command line, loading `rewardlm/tiny-neox` by itself and drawing its own responses, whose logged samples are
scored anew by `rescore` and summed up by `summarize`; and in this process with the responses that `measure_toxicity` wrote. A row a harness, generations, scorer and
metric: the harness's value and standard error, ours, and the largest difference of a score. The last rows are lm-evaluation-harness's own metric without a network."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", LMEVAL_LOG_LEVEL="ERROR")

import lm_eval  # noqa: E402
import pandas as pd  # noqa: E402
from inspect_ai import eval as inspect_eval  # noqa: E402
from inspect_ai.log import read_eval_log  # noqa: E402
from inspect_ai.model import ModelOutput, ModelUsage, get_model  # noqa: E402
from lm_eval.api.model import LM  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402
from lm_eval.tasks.realtoxicityprompts.metric import toxicity_perspective_api  # noqa: E402

from rewardlm import ToxicityMeter, rescore  # noqa: E402
from rewardlm.harness import DEFAULT_SCORERS, FIGURES, LM_EVAL, harness_prompts, logged_samples  # noqa: E402
from rewardlm.inspect_task import log_table, real_toxicity_prompts  # noqa: E402
from rewardlm.metrics import summarize  # noqa: E402
from rewardlm.table import score_column  # noqa: E402
from rewardlm.utils.general_utils import resolve_model_id, write_csv  # noqa: E402

TASK, PACKAGES = "realtoxicityprompts_local", ("lm-eval", "inspect-ai", "torch", "transformers", "datasets", "rewardlm")
JUDGES = list(DEFAULT_SCORERS)


def call(*words):
    "Run a harness's own command, from beside this Python."
    command = [str(Path(sys.executable).parent / words[0]), *map(str, words[1:])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def of_lm_eval(results):
    "judge -> metric -> (value, standard error) of lm-evaluation-harness's results."
    said = results["results"][TASK]
    errors = {j: {f: said.get(f"{f}_stderr,{j}") for f in FIGURES} for j in JUDGES}
    return {
        j: {f: (said[f"{f},{j}"], errors[j][f]) for f in FIGURES} | {"failed": (said[f"failed,{j}"], None)}
        for j in JUDGES
    }


def of_inspect(log):
    "The same of inspect's."
    found = {}
    for each in log.results.scores:
        said = {one.name: one.value for one in each.metrics.values()}
        found[each.name] = {f: (said[f], said[f"{f}_stderr"]) for f in FIGURES} | {
            "failed": (each.unscored_samples, None)
        }
    return found


def rows(harness, package, generations, theirs, logged, table):
    "What is written of one call; `logged` are the harness's own scores, `table` ours of the same responses."
    figures = summarize({"model": table})
    figures = figures[figures["stratum"] == "all"].set_index("scorer")
    same = logged["responses"].fillna("").tolist() == table["responses"].fillna("").tolist()
    assert same, "the harness scored other responses"
    for judge in JUDGES:
        column = score_column(judge)
        ours = figures.loc[column, [*FIGURES]].to_dict() | {"failed": int(table[column].isna().sum())}
        apart = (logged[column] - table[column]).abs().max()
        for metric, (value, error) in theirs[judge].items():
            about = {"harness": f"{harness} {version(package)}", "generations": generations, "scorer": judge}
            about |= {"metric": metric, "value": value, "stderr": error, "ours": ours[metric], "n": len(table)}
            yield about | {"difference": abs(value - ours[metric]), "largest_of_a_score": apart}


def again(logged):
    "The responses scored anew, as `measure_toxicity` names its columns."
    bare = logged[["prompt_id", "sample_id", "prompts", "responses"]]
    scorers = {f"new_{judge}": name for judge, name in DEFAULT_SCORERS.items()}
    table = rescore(bare, scorers, device="cpu", progress=False)
    return table.rename(columns={score_column(f"new_{judge}"): score_column(judge) for judge in JUDGES})


class ReadsOut(LM):
    "A model of lm-evaluation-harness that gives back the responses of a toxicity table."

    def __init__(self, table):
        super().__init__()
        self.left = {prompt: iter(mine["responses"]) for prompt, mine in table.groupby("prompts", sort=False)}

    def generate_until(self, requests, disable_tqdm=False):
        return [next(self.left[request.args[0]]) for request in requests]

    loglikelihood = loglikelihood_rolling = None


def reads_out(table):
    "The same for inspect."
    left = {prompt: iter(mine["responses"]) for prompt, mine in table.groupby("prompts", sort=False)}

    def output(messages, tools, choice, config):
        found = ModelOutput.from_content("mockllm", next(left[messages[-1].text]))
        found.usage = ModelUsage()
        return found

    return get_model("mockllm/model", custom_outputs=output, memoize=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=40)
    parser.add_argument("--samples", type=int, default=25)
    parser.add_argument("--out", default=Path(__file__).with_suffix(".csv"))
    asked = parser.parse_args()
    k, found = asked.samples, []
    prompts = harness_prompts()["text"].drop_duplicates().tolist()[: asked.prompts]
    with tempfile.TemporaryDirectory() as folder:
        (beginnings := Path(folder, "prompts.csv")).write_text(pd.DataFrame({"text": prompts}).to_csv(index=False))
        neox, judges = resolve_model_id("rewardlm/tiny-neox"), json.dumps(DEFAULT_SCORERS)

        how = json.dumps({"num_samples": k, "prompts": str(beginnings), "scorers": DEFAULT_SCORERS})
        where = ["--tasks", TASK, "--include_path", LM_EVAL, "--output_path", f"{folder}/lm_eval", "--log_samples"]
        model = ["--model", "hf", "--model_args", f"pretrained={neox}", "--device", "cpu", "--batch_size", 256]
        print(call("lm_eval", "run", *model, *where, "--metadata", how))
        results = json.loads(next(Path(folder, "lm_eval").rglob("results_*.json")).read_text())
        logged = logged_samples(next(Path(folder, "lm_eval").rglob("samples_*.jsonl")))
        found += rows("lm-evaluation-harness", "lm-eval", "its own", of_lm_eval(results), logged, again(logged))

        said = ["-T", f"num_samples={k}", "-T", f"prompts={beginnings}", "-T", f"scorers={judges}"]
        what = ["rewardlm/real_toxicity_prompts", "--model", f"hf/{neox}", "-M", "device=cpu", "--max-connections", 256]
        print(call("inspect", "eval", *what, *said, "--log-dir", f"{folder}/inspect", "--display", "plain"))
        log = read_eval_log(str(next(Path(folder, "inspect").glob("*.eval"))))
        logged = log_table(log)
        found += rows("inspect", "inspect-ai", "its own", of_inspect(log), logged, again(logged))

        further = {"judge": DEFAULT_SCORERS["judge"]}
        meter = ToxicityMeter("rewardlm/tiny-neox", DEFAULT_SCORERS["toxicity"], scorers=further, device="cpu")
        table = meter.measure_toxicity(prompts, protocol="rtp", num_samples=k, progress=False)
        manager = TaskManager(include_path=str(LM_EVAL), include_defaults=False, metadata=json.loads(how))
        results = lm_eval.simple_evaluate(ReadsOut(table), tasks=[TASK], task_manager=manager)
        logged = logged_samples(results["samples"][TASK])
        found += rows("lm-evaluation-harness", "lm-eval", "measure_toxicity", of_lm_eval(results), logged, table)
        task = real_toxicity_prompts(k, DEFAULT_SCORERS, str(beginnings))
        (log,) = inspect_eval(task, model=reads_out(table), log_dir=f"{folder}/fed", display="none")
        found += rows("inspect", "inspect-ai", "measure_toxicity", of_inspect(log), log_table(log), table)

    os.environ |= {"PERSPECTIVE_API_KEY": "none", "PERSPECTIVE_API_QPS": "1000"}
    for metric, value in toxicity_perspective_api({}, ["You are a stupid idiot."], total_retries=1).items():
        about = {
            "harness": f"its realtoxicityprompts {version('lm-eval')}",
            "generations": "an insult",
            "metric": metric,
        }
        found.append({**about, "scorer": "Perspective, without a network", "value": value, "n": 1})
    packages = " ".join(f"{name} {version(name)}" for name in PACKAGES)
    report = pd.DataFrame(found).assign(packages=packages)
    write_csv(report, asked.out)
    print(report.drop(columns="packages").to_string(), packages, sep="\n")


if __name__ == "__main__":
    main()
