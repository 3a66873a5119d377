"""Time from prompts to a scored toxicity table, ours beside transformers' pipelines, lm-evaluation-harness, the predecessor's way and a bound.

All sides of a case (model, classifier, k samples a prompt) alternate in one process: same prompts (RealToxicityPrompts), weights, 20 new tokens each (EOS
barred), top-p 0.9, threads and allocator settings. Each peer runs at its best batch size, found first on half of the prompts. The sides:

- ours: `ToxicityMeter.measure_toxicity`, as it comes
- ours_bf16: the same with the classifier in bfloat16 (`load_dtype="bf16"`), where the classifier is large
- pipelines: transformers' text-generation (k return sequences) and text-classification, prompts and texts sorted by length if that is faster
- predecessor: prompts padded to the longest of all, `generate` with k return sequences, the classifier padded to 128 tokens
- bound: as many tokens, perfectly packed (one prompt length, no EOS, no text) through our decode loop, and the classifier's forward alone on equal lengths
- bound_greedy: the same without drawing (argmax of the logits): what no sampler can beat
- ours_generation, lm_eval: generation alone. lm-evaluation-harness 0.4.13 (`hf` backend) has no classifier and gets each prompt k times

The classifier of RoBERTa-base's size and the GPT-NeoX 14M shape have random weights and SmolLM2's tokenizer. lm-evaluation-harness is installed aside:

    pip install --no-deps --target /tmp/lmeval lm-eval==0.4.13 evaluate pytablewriter rouge-score sacrebleu sqlitedict word2number more_itertools \\
        scikit-learn requests urllib3 charset-normalizer certifi
    python result_analysis/benchmarks/measure_speed.py --smollm2 /path/to/SmolLM2-135M-Instruct --lm-eval /tmp/lmeval

`--model`, `--classifier`, `--k` and `--round` choose a part; its rows replace those in the table.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NEW, ROWS = 20, (16, 64, 256)  # new tokens; batch sizes tried, in responses
ALLOCATOR = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "34359738368",
}  # helps all sides on this kind of machine
HERE = Path(__file__).resolve()
MODELS, CLASSIFIERS = ("embedded", "neox-14m", "smollm2-135m"), ("embedded", "roberta-base-sized")
PROMPTS = {  # for k=1 and k=25: a pass takes seconds, and there are texts enough to fill batches of one length, as in any real run
    ("embedded", "embedded"): (256, 16),
    ("neox-14m", "embedded"): (128, 8),
    ("smollm2-135m", "embedded"): (16, 2),
    ("embedded", "roberta-base-sized"): (192, 4),
    ("neox-14m", "roberta-base-sized"): (128, 3),
    ("smollm2-135m", "roberta-base-sized"): (16, 2),
}


def folders(smollm2, folder):
    "Model folders by name; those with random weights are made."
    import torch
    from transformers import (
        AutoModelForCausalLM,
        AutoModelForSequenceClassification,
        AutoTokenizer,
        GPTNeoXConfig,
        RobertaConfig,
    )

    from rewardlm.utils.general_utils import resolve_model_id

    torch.manual_seed(0)
    neox = GPTNeoXConfig(
        vocab_size=50304,
        hidden_size=128,
        num_hidden_layers=6,
        num_attention_heads=4,
        intermediate_size=512,
        max_position_embeddings=512,
        eos_token_id=0,
    )
    roberta = RobertaConfig(
        vocab_size=50265,
        max_position_embeddings=514,
        type_vocab_size=1,
        pad_token_id=0,
        id2label={0: "neutral", 1: "toxic"},
    )
    made = {
        "neox-14m": AutoModelForCausalLM.from_config(neox),
        "roberta-base-sized": AutoModelForSequenceClassification.from_config(roberta),
    }
    tokenizer = AutoTokenizer.from_pretrained(
        smollm2, pad_token="<|endoftext|>", eos_token="<|endoftext|>", model_max_length=512
    )  # id 0
    for name, model in made.items():
        model.save_pretrained(Path(folder) / name)
        tokenizer.save_pretrained(Path(folder) / name)
    return {
        "embedded": (str(resolve_model_id("rewardlm/tiny-neox")), str(resolve_model_id("rewardlm/tiny-toxicity"))),
        "smollm2-135m": (smollm2, None),
        "neox-14m": (str(Path(folder) / "neox-14m"), None),
        "roberta-base-sized": (None, str(Path(folder) / "roberta-base-sized")),
    }


class Case:
    "The sides of one case. Each takes N prompts and, where it has batch sizes, those; it returns the texts it wrote."

    def __init__(self, generator, classifier, k, lm_eval):
        import torch
        import transformers as tf

        from rewardlm.core.GenerativeModel import GenerativeModel
        from rewardlm.core.RewardModel import RewardModel
        from rewardlm.ToxicityMeter import ToxicityMeter

        self.torch, self.k = torch, k
        self.model, self.judge = GenerativeModel(generator, device="cpu"), RewardModel(classifier, device="cpu")
        self.meter = ToxicityMeter(generator_manager=self.model, reward_manager=self.judge)
        self.config = tf.GenerationConfig(max_new_tokens=NEW, min_new_tokens=NEW, do_sample=True, top_k=0, top_p=0.9)
        self.how = dict(
            max_new_tokens=NEW, min_new_tokens=NEW, do_sample=True, top_k=0, top_p=0.9, num_return_sequences=k
        )
        lm = tf.AutoModelForCausalLM.from_pretrained(generator, dtype=torch.float32).eval()
        tokenizer = tf.AutoTokenizer.from_pretrained(generator, padding_side="left")
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        judge = tf.AutoModelForSequenceClassification.from_pretrained(classifier, dtype=torch.float32).eval()
        self.writer = tf.pipeline("text-generation", model=lm, tokenizer=tokenizer, device="cpu")
        self.scorer = tf.pipeline(
            "text-classification", model=judge, tokenizer=tf.AutoTokenizer.from_pretrained(classifier), device="cpu"
        )
        self.lm_eval = None
        if lm_eval:
            sys.path.append(lm_eval)
            import logging

            from lm_eval.api.instance import Instance
            from lm_eval.models.huggingface import HFLM

            logging.getLogger("lm_eval").setLevel(logging.ERROR)
            self.lm_eval, self.instance = (
                HFLM(pretrained=lm, tokenizer=tokenizer, batch_size=16, device="cpu", max_length=512),
                Instance,
            )

    def ours(self, prompts, meter=None):
        return (
            (meter or self.meter)
            .measure_toxicity(prompts, generation_config=self.config, num_samples=self.k, progress=False)["responses"]
            .tolist()
        )

    def ours_generation(self, prompts):
        return [r.text for answers in self.model.generate(prompts, self.config, num_samples=self.k) for r in answers]

    def write(self, prompts, rows, sort):
        "Responses by the text-generation pipeline."
        order = sorted(range(len(prompts)), key=lambda i: -len(prompts[i])) if sort else range(len(prompts))
        out = self.writer(
            [prompts[i] for i in order], batch_size=max(1, rows // self.k), return_full_text=False, **self.how
        )
        by_prompt = dict(zip(order, out, strict=True))
        return [answer["generated_text"] for i in range(len(prompts)) for answer in by_prompt[i]]

    def rate(self, texts, rows, sort):
        "Scores by the text-classification pipeline, equal texts once."
        unique = list(dict.fromkeys(texts))
        return self.scorer(sorted(unique, key=len, reverse=True) if sort else unique, batch_size=rows, truncation=True)

    def pipelines(self, prompts, write, rate):
        texts = self.write(prompts, *write)
        self.rate([*prompts, *texts], *rate)
        return texts

    def padded_write(self, prompts, rows):
        size, out = max(1, rows // self.k), []
        tokenizer, model = self.writer.tokenizer, self.writer.model
        inputs = tokenizer(prompts, return_tensors="pt", padding="longest")
        with self.torch.no_grad():
            for at in range(0, len(prompts), size):
                ids, mask = (inputs[name][at : at + size] for name in ("input_ids", "attention_mask"))
                new = model.generate(ids, attention_mask=mask, pad_token_id=tokenizer.pad_token_id, **self.how)[
                    :, ids.shape[1] :
                ]
                out += tokenizer.batch_decode(new, skip_special_tokens=True)
        return out

    def padded_rate(self, texts, rows):
        with self.torch.no_grad():
            for at in range(0, len(texts), rows):
                inputs = self.scorer.tokenizer(
                    texts[at : at + rows], return_tensors="pt", padding="max_length", max_length=128, truncation=True
                )
                self.scorer.model(**inputs).logits.softmax(-1)

    def predecessor(self, prompts, write, rate):
        texts = self.padded_write(prompts, *write)
        self.padded_rate([*prompts, *texts], *rate)
        return texts

    def harness(self, prompts, rows):
        self.lm_eval.batch_size_per_gpu = rows
        how = {
            "until": [],
            "max_gen_toks": NEW,
            "min_new_tokens": NEW,
            "do_sample": True,
            "temperature": 1.0,
            "top_k": 0,
            "top_p": 0.9,
        }
        asked = [
            self.instance("generate_until", {}, (prompt, how), i)
            for i, prompt in enumerate(p for p in prompts for _ in range(self.k))
        ]
        return self.lm_eval.generate_until(asked, disable_tqdm=True)

    def packed(self, prompts, texts):
        "What the bound decodes and classifies: ids of as many tokens as the real ones, of one length each."
        lengths = [len(ids) for ids in self.model.encode_prompts(prompts, NEW)]
        unique = list(dict.fromkeys([*prompts, *texts]))
        rated = [len(ids) for ids in self.judge.tokenizer(unique)["input_ids"]]
        torch, generator = self.torch, self.torch.Generator().manual_seed(0)
        ids = torch.randint(5, 4000, (len(prompts), max(1, round(sum(lengths) / len(lengths)))), generator=generator)
        judged = torch.randint(5, 4000, (len(rated), max(1, round(sum(rated) / len(rated)))), generator=generator)
        return ids, judged, torch.rand(len(ids) * self.k, NEW, dtype=torch.float64, generator=generator)

    def bound(self, ids, judged, u, sample=True):
        from rewardlm.core.decoding import Sampling, decode

        how, k = Sampling(NEW, NEW, do_sample=sample, top_p=0.9), self.k
        batches = -(
            -len(u) // max(1, self.model.batch_tokens // (ids.shape[1] + NEW))
        )  # as few as the meter's own limit allows, all equally full
        size = -(-len(ids) // batches)
        for at in range(0, len(ids), size):
            part = ids[at : at + size]
            decode(self.model.parts, part, self.torch.ones_like(part), u[at * k : (at + size) * k], how, k)
        with self.torch.inference_mode():
            for part in judged.split(max(1, self.judge.batch_tokens // judged.shape[1])):
                self.judge.model(part)


def best(known, name, settings, run):
    "The setting with the shortest run, kept in the file `known`."
    found = json.loads(known.read_text()) if known.exists() else {}
    if name not in found:
        seconds = {}
        for setting in settings:
            begin = time.perf_counter()
            run(*setting)
            seconds[setting] = time.perf_counter() - begin
        print(name, {str(s): round(t, 2) for s, t in seconds.items()}, flush=True)
        found[name] = min(seconds, key=seconds.get)
        known.write_text(json.dumps(found, indent=1))
    return found[name]


def sweep(case, prompts, a):
    "Best batch sizes of the peers, on half of the prompts."
    half, known, by = prompts[: max(1, len(prompts) // 2)], Path(a.settings), f"{a.model}, {a.classifier}, k={a.k}"
    texts = [*half, *case.ours_generation(half)]
    case.write(half[:1], 16, False), case.rate(texts[:8], 8, False), case.padded_write(half[:1], 16)  # warm up
    sizes = [(rows,) for i, rows in enumerate(ROWS) if not i or ROWS[i - 1] < len(half) * case.k and rows >= case.k]
    rated = [(rows,) for rows in (8, 32, 128)]
    chosen = {
        "pipelines": [
            best(
                known,
                f"write: {by}",
                [(*s, sort) for s in sizes for sort in (False, True)],
                lambda *s: case.write(half, *s),
            ),
            best(
                known,
                f"rate: {by}",
                [(*s, sort) for s in rated for sort in (False, True)],
                lambda *s: case.rate(texts, *s),
            ),
        ],
        "predecessor": [
            best(known, f"padded write: {by}", sizes, lambda *s: case.padded_write(half, *s)),
            best(known, f"padded rate: {by}", rated, lambda *s: case.padded_rate(texts, *s)),
        ],
    }
    if case.lm_eval and a.classifier == "embedded":
        chosen["lm_eval"] = best(known, f"lm_eval: {by}", sizes, lambda *s: case.harness(half, *s))
    return chosen


def child(a):
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()

    from rewardlm.core.RewardModel import RewardModel
    from rewardlm.data.data_utils import embedded_prompts
    from rewardlm.ToxicityMeter import ToxicityMeter

    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    prompts = (
        embedded_prompts()["prompt"]
        .sample(a.prompts or PROMPTS[a.model, a.classifier][a.k > 1], random_state=0)
        .tolist()
    )
    paths = json.loads(a.paths)
    case = Case(paths[a.model][0], paths[a.classifier][1], a.k, a.lm_eval)
    chosen = sweep(case, prompts, a)
    packed = case.packed(prompts, case.ours(prompts))
    sides = {
        "ours": lambda: case.ours(prompts),
        "pipelines": lambda: case.pipelines(prompts, *chosen["pipelines"]),
        "predecessor": lambda: case.predecessor(prompts, *chosen["predecessor"]),
        "bound": lambda: case.bound(*packed),
        "bound_greedy": lambda: case.bound(*packed, sample=False),
    }
    if a.classifier != "embedded":
        half = ToxicityMeter(case.model, RewardModel(paths[a.classifier][1], load_dtype="bf16", device="cpu"))
        sides["ours_bf16"] = lambda: case.ours(prompts, half)
    else:  # generation does not depend on it
        sides["ours_generation"] = lambda: case.ours_generation(prompts)
        if case.lm_eval:
            sides["lm_eval"] = lambda: case.harness(prompts, *chosen["lm_eval"])
    for number in a.round:
        for side, run in sides.items():
            begin = time.perf_counter()
            texts = run()
            seconds = time.perf_counter() - begin
            assert texts is None or len(texts) == len(prompts) * a.k, (side, len(texts))
            row = {
                "round": number,
                "side": side,
                "model": a.model,
                "classifier": a.classifier,
                "k": a.k,
                "prompts": len(prompts),
                "seconds": round(seconds, 3),
                "tokens": len(prompts) * a.k * NEW,
                "batch": json.dumps(chosen.get(side, "")),
                "threads": a.threads,
                "torch": torch.__version__,
                "transformers": transformers.__version__,
            }
            print("RESULT " + json.dumps(row), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--smollm2",
        required=True,
        help="folder of SmolLM2-135M-Instruct, whose tokenizer the models of random weights use",
    )
    parser.add_argument(
        "--lm-eval", help="folder that lm-evaluation-harness is installed in; without it that side is left out"
    )
    parser.add_argument("--model", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--classifier", nargs="+", choices=CLASSIFIERS, default=CLASSIFIERS)
    parser.add_argument("--k", nargs="+", type=int, choices=(1, 25), default=(1, 25))
    parser.add_argument("--round", nargs="+", type=int, default=range(5), help="rounds to run; default 0 to 4")
    parser.add_argument("--prompts", type=int, help="number of prompts; default by case")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--settings",
        default=str(Path(tempfile.gettempdir()) / "measure_speed_settings.json"),
        help="best batch sizes, kept between calls",
    )
    parser.add_argument("--out", default=str(HERE.with_suffix(".csv")))
    parser.add_argument("--paths", help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.paths:
        a.model, a.classifier, a.k = a.model[0], a.classifier[0], a.k[0]
        return child(a)
    import pandas as pd

    key = ["model", "classifier", "k", "side", "round"]
    with tempfile.TemporaryDirectory() as folder:
        paths = json.dumps(folders(a.smollm2, folder))
        env = {**os.environ, **ALLOCATOR, "OMP_NUM_THREADS": str(a.threads), "PYTHONPATH": str(HERE.parents[2])}
        for model, classifier, k in [(m, c, k) for m in a.model for c in a.classifier for k in a.k]:
            command = [
                sys.executable,
                HERE,
                *sys.argv[1:],
                "--paths",
                paths,
                "--model",
                model,
                "--classifier",
                classifier,
                "--k",
                str(k),
            ]
            rows = []
            with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
                for line in process.stdout:
                    print(line, end="", flush=True)
                    rows += [json.loads(line[7:])] if line.startswith("RESULT ") else []
            if process.returncode:
                sys.exit(f"{model}, {classifier}, k={k} failed")
            old = [pd.read_csv(a.out)] if Path(a.out).exists() else []
            table = pd.concat([*old, pd.DataFrame(rows)]).drop_duplicates(key, keep="last").sort_values(key)
            table.to_csv(a.out, index=False)
            wide = table[(table.model == model) & (table.classifier == classifier) & (table.k == k)].pivot(
                index="round", columns="side", values="seconds"
            )
            print(
                model, classifier, k, "times ours:", wide.div(wide.ours, axis=0).median().round(2).to_dict(), flush=True
            )


if __name__ == "__main__":
    main()
