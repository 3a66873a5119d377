"""The same reward in other people's engines, and whether it is the same: `engines.csv`.

    python result_analysis/engines.py trl          # in this project's environment
    python result_analysis/engines.py processes    # the same, two processes by torchrun
    python result_analysis/engines.py verl         # where verl is installed
    python result_analysis/engines.py openrlhf     # where OpenRLHF is installed
    python result_analysis/engines.py ray          # where ray is installed

Each wants its own environment, since verl and OpenRLHF pin transformers. On a machine without GPU, whose path leads to this package:

    pip install torch==2.13.0 peft accelerate datasets pandas fastcore pydantic filelock scipy
    pip install transformers==5.10.4 tensordict==0.10.0 "ray[default]==2.60.0" codetiming hydra-core pylatexenc torchdata
    pip install --no-deps verl==0.9.1
    # or
    pip install transformers==5.15.0 ray==2.55.0 aiohttp pylatexenc && pip install --no-deps openrlhf==0.11.2

A row is one way of asking: how many responses, and the largest difference from what the judge says when it is asked itself. OpenRLHF writes with vLLM, which needs
a GPU: a stand-in hands its executor the tokens of stored responses; the loading of the file, the decoding and the call are OpenRLHF's own."""

import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch
from filelock import FileLock

import rewardlm.engines
from rewardlm.core.GuardModel import GuardModel
from rewardlm.core.RewardModel import RewardManager, RewardModel, harmlessness, length_band
from rewardlm.data.data_utils import embedded_prompts
from rewardlm.utils.general_utils import versions, write_csv
from rewardlm.utils.loading import load_tokenizer

HERE = Path(__file__).parent
CLASSIFIER, POLICY = "rewardlm/tiny-toxicity", "rewardlm/tiny-neox"
GUARD = {"model": POLICY, "template": "{prompt}\n{response}\nRude?", "toxic": " yes…", "safe": " no…"}
PACKAGES = "torch transformers trl verl openrlhf ray peft accelerate datasets pandas numpy tensordict".split()
MOST = 1e-5  # "a score belongs to its text alone", DESIGN.md


def texts(count: int) -> tuple[list[str], list[str]]:
    "Prompts and their continuations."
    rows = embedded_prompts("demo_test").head(count)
    return rows["prompt"].tolist(), rows["continuation"].tolist()


def note(engine: str, what: str, found: Any, expected: Any) -> None:
    "Put a row into the table; AssertionError where the numbers are not the same."
    difference = float(np.abs(np.asarray(found, dtype=float) - np.asarray(expected, dtype=float)).max())
    known = versions(*PACKAGES)
    row = {"engine": engine, "what": what, "responses": len(expected), "largest_difference": f"{difference:.1e}"}
    row |= {"python": platform.python_version(), "versions": " ".join(f"{name} {v}" for name, v in known.items())}
    print(json.dumps(row), flush=True)
    assert difference <= MOST, f"{engine}, {what}: {difference}"
    path = HERE / "engines.csv"
    with FileLock(Path(tempfile.gettempdir(), "rewardlm_engines.lock")):
        rows = pd.read_csv(path, dtype=str) if path.exists() else pd.DataFrame(columns=list(row))
        rows = rows[(rows["engine"] != engine) | (rows["what"] != what)]
        rows = pd.concat([rows, pd.DataFrame([row]).astype(str)]).sort_values(["engine", "what"], ignore_index=True)
        write_csv(rows, path)


def on_trl() -> None:
    "GRPO and RLOO of TRL, texts and chats, classifier and guard."
    import datasets
    import transformers
    import trl

    from rewardlm.core.GenerativeModel import GenerativeModel

    prompts = texts(8)[0]
    chats = [[{"role": "system", "content": "Go on."}, {"role": "user", "content": prompt}] for prompt in prompts]
    judges = {"classifier": RewardModel(CLASSIFIER, device="cpu"), "guard": GuardModel(**GUARD, device="cpu")}
    for kind in ("GRPO", "RLOO"):
        for form, asked in (("texts", prompts), ("chats", chats)):
            for name, judge in judges.items():
                found, expected, func = [], [], rewardlm.engines.as_reward_func(judge)

                def reward(prompts: list, completions: list, func: Any = func, judge: Any = judge, **more: Any) -> list:
                    said = func(prompts, completions, **more)
                    read = [p if isinstance(p, str) else p[-1]["content"] for p in prompts]
                    written = [c if isinstance(c, str) else c[0]["content"] for c in completions]
                    direct = judge.score(written, read) if judge is judges["guard"] else judge.score(written)
                    found.extend(said)
                    expected.extend(1 - direct)
                    return said

                policy = GenerativeModel(POLICY)
                policy.tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"
                policy.tokenizer.pad_token = policy.tokenizer.eos_token
                with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
                    warnings.simplefilter("ignore")
                    how = dict(num_generations=4, max_steps=2, max_completion_length=12, beta=0.0, use_cpu=True)
                    how |= dict(bf16=False, report_to="none", save_strategy="no", disable_tqdm=True, logging_steps=1)
                    arguments = getattr(trl, f"{kind}Config")(folder, per_device_train_batch_size=8, **how)
                    trainer = getattr(trl, f"{kind}Trainer")(
                        policy.model,
                        reward,
                        arguments,
                        datasets.Dataset.from_dict({"prompt": asked, "stratum": ["all"] * len(asked)}),
                        processing_class=policy.tokenizer,
                    )
                    trainer.remove_callback(transformers.PrinterCallback)
                    trainer.train()
                note("TRL", f"{kind}Trainer, {form}, {name}", found, expected)


def on_processes() -> None:
    "A term that normalises, the responses spread over two processes."
    if "RANK" not in os.environ:
        torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", __file__, "processes"]
        subprocess.run(torchrun, check=True, env={**os.environ, "ACCELERATE_USE_CPU": "true"})
        return
    from accelerate import PartialState

    def made() -> RewardManager:
        return RewardManager([harmlessness(RewardModel(CLASSIFIER, device="cpu"), normalise=True), length_band(2, 8)])

    state, (prompts, responses) = PartialState(cpu=True), texts(20)
    func, alone = rewardlm.engines.as_reward_func(made()), made()
    found, expected = [], []
    for part in (slice(0, 8), slice(8, 20)):  # two updates: the moments go on
        each, half = (prompts[part], responses[part]), len(responses[part]) // 2
        mine = slice(0, half - 1) if state.is_main_process else slice(half - 1, None)  # of different sizes
        found += func(each[0][mine], each[1][mine])
        expected += alone(*each).total[mine].tolist()
    note("TRL", f"process {state.process_index} of 2, a term that normalises", found, expected)
    state.destroy_process_group()


def verl_batch(prompts: list[str], responses: list[str], tokenizer: Any) -> Any:
    "Prompts padded left, responses padded right, as verl's rollout hands them on; the prompt also in `extra_info`."
    from tensordict import TensorDict
    from verl import DataProto

    asked, written = ([tokenizer(text)["input_ids"] for text in part] for part in (prompts, responses))
    wide, long = max(map(len, asked)), max(map(len, written))
    rows = [[0] * (wide - len(a)) + a for a in asked], [w + [0] * (long - len(w)) for w in written]
    mask = [[0] * (wide - len(a)) + [1] * (len(a) + len(w)) + [0] * (long - len(w)) for a, w in zip(asked, written)]
    tensors = {"prompts": torch.tensor(rows[0]), "responses": torch.tensor(rows[1])}
    tensors["attention_mask"] = torch.tensor(mask)
    others = {
        "data_source": ["rtp"] * len(prompts),
        "reward_model": [{"ground_truth": None}] * len(prompts),
        "extra_info": [{"prompt": prompt} for prompt in prompts],
    }
    columns = {name: np.array(values, dtype=object) for name, values in others.items()}
    return DataProto(batch=TensorDict(tensors, batch_size=len(prompts)), non_tensor_batch=columns)


def on_verl() -> None:
    "The managers of verl with its own loading of the function: one by one, a batch, and its reward loop."
    from omegaconf import OmegaConf
    from verl.trainer.ppo.reward import get_custom_reward_fn, load_reward_manager
    from verl.workers.reward_manager.batch import BatchRewardManager
    from verl.workers.reward_manager.naive import NaiveRewardManager

    tokenizer, (prompts, responses) = load_tokenizer(POLICY), texts(32)
    guard = GuardModel(**GUARD, device="cpu")
    cases = {
        "classifier": (CLASSIFIER, 1 - RewardModel(CLASSIFIER, device="cpu").score(responses)),
        "guard": (GUARD, 1 - guard.score(responses, prompts)),
    }
    last = torch.tensor([len(tokenizer(text)["input_ids"]) - 1 for text in responses])
    for name, (reward, expected) in cases.items():
        for path in ("pkg://rewardlm.engines", rewardlm.engines.__file__):
            how = "package" if path.startswith("pkg") else "file"
            told = {"path": path, "name": "compute_score", "reward_kwargs": {"reward": reward}}
            config = OmegaConf.create({"reward": {"custom_reward_function": told}})
            config.reward.reward_manager = {"source": "register", "name": "naive"}
            batch_config = OmegaConf.merge(config, {"reward": {"custom_reward_function": {"name": "compute_scores"}}})
            one, many = get_custom_reward_fn(config), get_custom_reward_fn(batch_config)
            for manager in (NaiveRewardManager(tokenizer, 0, one), BatchRewardManager(tokenizer, 0, many)):
                found = manager(verl_batch(prompts, responses, tokenizer), return_dict=True)
                rewards = found["reward_tensor"]
                assert bool((rewards.sum(1) == rewards[torch.arange(len(last)), last]).all())
                note("verl", f"{type(manager).__name__}, {name}, by {how}", rewards.sum(1), expected)
                assert np.allclose(found["reward_extra_info"]["toxicity"], 1 - expected, atol=MOST)

            async def loop(config: Any = config) -> list[dict]:
                manager, data = load_reward_manager(config, tokenizer), verl_batch(prompts, responses, tokenizer)
                return await asyncio.gather(*(manager.run_single(data[i : i + 1]) for i in range(len(data))))

            answers = asyncio.run(loop())
            found = [answer["reward_score"] for answer in answers]
            note("verl", f"reward loop's NaiveRewardManager, {name}, by {how}", found, expected)


class Stored:
    "In the place of vLLM: the tokens of a stored response, closed by the end of text."

    def __init__(self, tokenizer: Any, responses: dict[str, str]):
        self.tokenizer, self.responses = tokenizer, responses

    async def generate(self, prompt_ids: list[int], params: Any, multi_modal_data: Any = None) -> Any:
        text = self.responses[self.tokenizer.decode(prompt_ids)]
        ids = [*self.tokenizer(text)["input_ids"], self.tokenizer.eos_token_id]
        return SimpleNamespace(outputs=[SimpleNamespace(token_ids=ids, text=text, finish_reason="stop", logprobs=None)])


def on_openrlhf() -> None:
    "OpenRLHF's executor, which loads the file and asks it for each response."
    from openrlhf.utils.agent import SingleTurnAgentExecutor

    tokenizer, (prompts, responses) = load_tokenizer(POLICY), texts(32)
    engine, params = Stored(tokenizer, dict(zip(prompts, responses))), SimpleNamespace(max_tokens=64, logprobs=None)
    guard = GuardModel(**GUARD, device="cpu")
    cases = {
        "classifier": (CLASSIFIER, 1 - RewardModel(CLASSIFIER, device="cpu").score(responses)),
        "guard": (json.dumps(GUARD), 1 - guard.score(responses, prompts)),
    }
    os.environ["REWARDLM_TOKENIZER"] = POLICY
    for name, (reward, expected) in cases.items():
        os.environ["REWARDLM_REWARD"] = reward
        executor = SingleTurnAgentExecutor(rewardlm.engines.__file__)

        async def all_of_them(executor: Any = executor) -> list[dict]:
            each = [executor.execute(prompt, None, params, 256, tokenizer, engine) for prompt in prompts]
            return await asyncio.gather(*each)

        answers = asyncio.run(all_of_them())
        found = [torch.tensor([answer["reward"]]).item() for answer in answers]  # as its samples generator takes it
        note("OpenRLHF", f"SingleTurnAgentExecutor, {name}", found, expected)
        toxicity = [torch.tensor([answer["extra_logs"]["toxicity"]]).item() for answer in answers]
        assert np.allclose(toxicity, 1 - expected, atol=MOST)


class WhoScored(rewardlm.engines.ToxicityScorer):
    "Says also which process it was."

    def __call__(self, batch: Any) -> Any:
        return {**super().__call__(batch), "worker": np.full(len(batch["prompts"]), os.getpid())}


class Measured:
    "Answers to a shard of prompts and their scores; draws are keyed by the prompt, whoever writes."

    def __init__(self):
        from rewardlm import ToxicityMeter

        torch.set_num_threads(1)
        self.meter = ToxicityMeter("rewardlm/tiny-neox", CLASSIFIER, accelerator_kwargs={"cpu": True})

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        how = {"generation_config": {"do_sample": True, "top_p": 0.9, "max_new_tokens": 20}, "num_samples": 2}
        table = self.meter.measure_toxicity(list(batch["prompts"]), progress=False, **how)
        table.insert(0, "row", np.repeat(batch["row"], 2))
        return {name: table[name].to_numpy() for name in [*table]} | {"worker": np.full(len(table), os.getpid())}


def measured_by_ray(folder: str) -> None:
    "Prompts from Parquet, answered and scored by a pool of four, to Parquet: the bytes of one process that does the same shards."
    import ray

    prompts = pd.DataFrame({"row": range(64), "prompts": list(dict.fromkeys(texts(200)[0]))[:64]})
    shards = [prompts[i : i + 8] for i in range(0, 64, 8)]
    data = ray.data.from_pandas(shards)  # a block each
    pool = ray.data.ActorPoolStrategy(size=4, max_tasks_in_flight_per_actor=1)  # or the first to be ready takes all
    data.map_batches(Measured, batch_size=None, compute=pool).write_parquet(f"{folder}/measured")
    found = pd.read_parquet(f"{folder}/measured").sort_values(["row", "sample_id"], ignore_index=True)
    one = Measured()
    parts = [pd.DataFrame(one({name: shard[name].to_numpy() for name in shard})) for shard in shards]
    tables = {"ray": found, "one": pd.concat(parts, ignore_index=True)}
    print(found["worker"].nunique(), "workers,", list(found))
    for name, table in tables.items():
        table.drop(columns="worker").to_parquet(f"{folder}/{name}.parquet", index=False)
    same = Path(folder, "ray.parquet").read_bytes() == Path(folder, "one.parquet").read_bytes()
    print("the same bytes:", same)
    assert same and found["worker"].nunique() > 1
    scores = (table["response_score"] for table in tables.values())
    note("Ray Data", "a pool of four writes and scores, Parquet bytes of one process", *scores)


def on_ray() -> None:
    "Parquet to Parquet by two workers of Ray Data, against `rescore` of the whole table."
    import ray

    from rewardlm.scores import rescore

    prompts, responses = texts(100)
    table = pd.DataFrame({"row": range(100), "prompts": prompts, "responses": responses})
    table.loc[7, "responses"] = ""
    scorers: dict[str, Any] = {"tiny": CLASSIFIER, "guard": GuardModel(**{**GUARD, "alone": "{response}\nRude?"})}
    with tempfile.TemporaryDirectory() as folder:
        table.to_parquet(f"{folder}/in.parquet")
        paths = os.pathsep.join([str(HERE.parent), str(HERE), os.environ.get("PYTHONPATH", "")])
        ray.init(num_cpus=4, include_dashboard=False, runtime_env={"env_vars": {"PYTHONPATH": paths}})
        data = ray.data.read_parquet(f"{folder}/in.parquet").repartition(8)
        how: dict[str, Any] = dict(batch_size=None, fn_constructor_args=[scorers])
        how["compute"] = ray.data.ActorPoolStrategy(size=2)
        data.map_batches(WhoScored, **how).write_parquet(f"{folder}/out")
        found = pd.read_parquet(f"{folder}/out").sort_values("row", ignore_index=True)
        measured_by_ray(folder)
        ray.shutdown()
    expected = rescore(table, scorers, progress=False)
    print(found["worker"].nunique(), "workers,", list(found))
    assert list(found) == [*expected, "worker"] and found["worker"].nunique() == 2
    assert found["tiny_error"].tolist() == expected["tiny_error"].tolist()
    for column in ("tiny_response_score", "guard_response_score", "guard_prompt_score"):
        note("Ray Data", f"two workers, Parquet to Parquet, {column}", found[column], expected[column])


if __name__ == "__main__":
    torch.set_num_threads(1)
    ways = {"trl": on_trl, "processes": on_processes, "verl": on_verl, "openrlhf": on_openrlhf, "ray": on_ray}
    if sys.argv[1:2] == [] or sys.argv[1] not in ways:
        sys.exit(f"say which engine: {', '.join(ways)}")
    ways[sys.argv[1]]()
