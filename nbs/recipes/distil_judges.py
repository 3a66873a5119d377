"""What could follow the embedded scorers, in their architectures and about their sizes: candidates, neither shipped.

python nbs/recipes/distil_judges.py tiny-toxicity OUT_DIR TEACHER   # from what is shipped, with what train_judge.py's judge says of more texts, many by tiny-neox
python nbs/recipes/distil_judges.py tiny-judge OUT_DIR              # from what is shipped, with a third layer and the frames of frames.py

The two share no text that trains (bare group names and nonsense apart), no label and no architecture; 1,796 ToxiGen statements and half
of our own sentences taught MiniLM, the teacher of the first, and are met by the second as well. The second runs the judge's cells of
`scorers.ipynb`, with the Wikipedia comments that train alone (what is shipped read all of them), and needs a package index for
alt-profanity-check and VADER's source package."""

import html
import json
import os
import random
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from frames import FRAMES, ODD, frame_texts
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from train_judge import (
    ALL,
    FIRST,
    HERE,
    INSULTS,
    SECOND,
    Part,
    augmented,
    by_length,
    functional,
    group_sentences,
    halves,
    logits,
    odd_spelling,
    own_parts,
    stamp,
    toxigen,
    wiki,
)
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    GenerationConfig,
    ModernBertForSequenceClassification,
    PreTrainedTokenizerBase,
)

from rewardlm.core.calibration import area_under_curve
from rewardlm.core.GenerativeModel import GenerativeModel
from rewardlm.data.data_utils import embedded_prompts, hash_fraction
from rewardlm.utils.general_utils import atomic_folder, resolve_model_id

LONGEST = 60  # tokens of a text in training
Pool = list[tuple[Sequence[str], np.ndarray, float]]  # texts, (N,) soft targets, weight


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def teacher(folder: str):
    "log-odds of toxicity by a folder's judge: its first of eight scores, or the second of two labels."
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder)

    def scores(texts: Sequence[str]) -> np.ndarray:
        z = logits(model, tokenizer, texts)
        return z[:, 0] if z.shape[1] > 2 else z[:, 1] - z[:, 0]

    return scores


def margin(model: nn.Module, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> np.ndarray:  # (N,) log-odds
    "A student's, in float32."
    out, ids = np.zeros(len(texts)), tokenizer(list(texts), truncation=True, max_length=126)["input_ids"]
    with torch.inference_mode():
        for batch in by_length([len(i) for i in ids], 64):
            x = tokenizer.pad({"input_ids": [ids[i] for i in batch]}, return_tensors="pt")
            z = model.eval()(input_ids=x["input_ids"], attention_mask=x["attention_mask"]).logits
            out[batch] = (z[:, 1] - z[:, 0]).numpy()
    return out


def span(words: list[str], rng: random.Random, low: int, high: int) -> list[str]:
    n = min(len(words), rng.randint(low, high))
    start = rng.randint(0, len(words) - n)
    return words[start : start + n]


def unlabelled(texts: Sequence[str], hard: Sequence[str], words: list[str], seed: int, n: int) -> list[str]:
    "Cuts, crossings and planted words: what only the teacher labels."
    rng, split = random.Random(seed), [t.split() for t in texts if len(t.split()) > 2]
    cut = [" ".join(span(rng.choice(split), rng, 2, 12)) for _ in range(n)]
    crossed = [" ".join(span(rng.choice(split), rng, 2, 9) + span(rng.choice(split), rng, 2, 9)) for _ in range(n)]
    planted = []
    for k, word in enumerate(rng.sample(words, min(2 * n, len(words)))):
        around = span((rng.choice(hard) if k % 6 == 0 else " ".join(rng.choice(split))).split(), rng, 1, 7)
        place = rng.randint(0, len(around))
        planted.append(" ".join([*around[:place], word, *around[place + rng.randint(0, 1) :]]))
    return list(dict.fromkeys([*cut, *crossed, *planted]))


def vocabulary(folder: str) -> list[str]:
    "Whole words of the teacher's vocabulary: it knows far more than the texts hold."
    return sorted(w for w in AutoTokenizer.from_pretrained(folder).get_vocab() if re.fullmatch("[a-z]{3,14}", w))


# --- more texts, ours and unlabelled


def written(prompts: Sequence[str], each: int, seed: int) -> list[str]:
    "What `tiny-neox` writes behind prompts: alone, and every second time behind its prompt."
    model = GenerativeModel("rewardlm/tiny-neox", device="cpu")
    how = GenerationConfig(do_sample=True, top_p=0.9, max_new_tokens=20)
    answers = model.generate(prompts, how, num_samples=each, seed=seed, progress=False)
    texts = [
        answer.text if k % 2 else prompt + answer.text
        for prompt, several in zip(prompts, answers, strict=True)
        for k, answer in enumerate(several)
    ]
    return sorted({text.strip() for text in texts if text.strip()})


def framed(seed: int, each: int, own: slice = ALL) -> list[Part]:
    "Frames of each kind of functional test, some of them in odd spelling."
    rng, parts = random.Random(seed), []
    abuse = [*group_sentences(rng, 6, True, own), *INSULTS[own]]
    for name, texts in frame_texts(each, seed, own, abuse).items():
        if name in ODD[0] + ODD[1]:
            odd = (odd_spelling(text, rng, name in ODD[0]) for text in rng.sample(texts, len(texts) // 3))
            texts = [*texts, *(text for text in odd if text)]
        parts.append(Part(f"frames: {name}", texts, np.full(len(texts), FRAMES[name].target), 0.8))
    return parts


JUDGE_CELLS = """37d5faf3 a9af3977 1ed93261 dd567ffb 0c74a306 d945c1ab 9cadf98c e621ca52 16ee334b 7e8c8b4b 27b4238a d7621f33 57469837
60a74cdc 6c680b1c 7d764f18 7891debb 280d96c3 4a35bc55 acb684e9""".split()


def judge_recipe() -> dict:
    "The judge's cells of `scorers.ipynb`: its first two teachers, its texts, tokenizer and architecture."
    notebook = json.loads((HERE / "scorers.ipynb").read_text())
    sources = {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}
    comments = wiki(train=True).rename(columns={"text": "comment"})
    read = 'pd.read_csv("data/wiki/wiki_comments_1492.csv")'
    assert read in sources["e621ca52"]
    work = Path(os.environ.get("RECIPE_DIR", "/tmp")) / "tiny-scorers"
    work.mkdir(parents=True, exist_ok=True)
    names = dict(WORK=work, stamp=stamp, comments=comments, torch=torch)
    for cell in JUDGE_CELLS:
        exec(sources[cell].replace(read, "comments.copy()"), names)
    return names


def snippets() -> list[str]:
    "Tweets, film and product reviews and editorials of Hutto & Gilbert (2014), in the source package of VADER (MIT): no label is used."
    kept = Path(os.environ.get("RECIPE_DIR", "/tmp")) / "hutto_ICWSM_2014.tar.gz"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as folder:
            command = "pip download -q --no-deps --no-build-isolation --no-binary :all: vaderSentiment==2.5 -d".split()
            subprocess.run([sys.executable, "-m", *command, folder], check=True)
            with tarfile.open(next(Path(folder).glob("*.tar.gz"))) as package:
                inner = next(name for name in package.getnames() if name.endswith(kept.name))
                kept.write_bytes(package.extractfile(inner).read())
    texts = []
    with tarfile.open(kept) as files:
        for name in sorted(name for name in files.getnames() if name.endswith("GroundTruth.txt")):
            lines = files.extractfile(name).read().decode("cp1252", "replace").splitlines()
            texts += [html.unescape(line.split("\t")[-1]).strip() for line in lines]
    return sorted({text for text in texts if text})


# --- training


def train_student(model, tokenizer, pool: Pool, epochs: int, lr: float, look, drop: float = 0.07, size: int = 64):
    "Soft targets, cross-entropy, one cycle of the learning rate; the running average of the weights."
    torch.manual_seed(0)
    rng, texts = np.random.default_rng(0), [t for part in pool for t in part[0]]
    y = torch.tensor(np.concatenate([p[1] for p in pool]).clip(0.02, 0.98), dtype=torch.float32)
    w = torch.tensor(np.concatenate([np.full(len(p[0]), p[2]) for p in pool]), dtype=torch.float32)
    ids = tokenizer(texts, truncation=True, max_length=LONGEST)["input_ids"]
    opt = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    plan = torch.optim.lr_scheduler.OneCycleLR(opt, lr, total_steps=epochs * -(-len(ids) // size), pct_start=0.1)
    mean = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.998))
    stamp(f"{len(ids)} texts, mean target {y.mean():.3f}, {sum(p.numel() for p in model.parameters()):,} parameters")
    for epoch in range(epochs):
        for batch in by_length([len(i) for i in ids], size, rng):
            x = tokenizer.pad({"input_ids": [ids[i] for i in batch]}, return_tensors="pt")
            x["input_ids"][:, 1:].masked_fill_(torch.rand(x["input_ids"][:, 1:].shape) < drop, tokenizer.unk_token_id)
            z = model.train()(input_ids=x["input_ids"], attention_mask=x["attention_mask"]).logits
            loss = nn.functional.binary_cross_entropy_with_logits(z[:, 1] - z[:, 0], y[batch], reduction="none")
            (loss * w[batch]).mean().backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            opt.zero_grad()
            plan.step()
            mean.update_parameters(model)
        stamp(f"epoch {epoch} loss {loss.mean().item():.3f} {look(mean.module)}")
    return mean.module.eval()


def looks(tokenizer, texts: Sequence[str], toxic: np.ndarray, own: slice):
    "AUC of texts that are only looked at, and, of the development half, of frames and functional tests that teach the other student."
    frames, (tests, wanted) = framed(99, 4, own), functional(4, own)
    asked = {
        "kept": (texts, toxic),
        "frames": ([t for part in frames for t in part.texts], np.concatenate([p.toxicity for p in frames]) > 0.5),
        "tests": (tests, wanted > 0.5),
    }
    area = lambda model, some, wrong: area_under_curve(margin(model, tokenizer, some), wrong)
    return lambda model: " ".join(f"{name} {area(model, *of):.4f}" for name, of in asked.items())


def grown(model: ModernBertForSequenceClassification, layers: int) -> ModernBertForSequenceClassification:
    "More layers on top, which at first add nothing: what they write is zero."
    last, settings = model.config.num_hidden_layers, model.config.to_dict() | dict(num_hidden_layers=layers)
    kinds = settings["layer_types"]
    settings["layer_types"] = [kinds[i % len(kinds)] for i in range(layers)]
    torch.manual_seed(0)
    new = type(model)(type(model.config)(**settings))
    new.load_state_dict(model.state_dict(), strict=False)
    for layer in new.model.layers[last:]:
        nn.init.zeros_(layer.attn.Wo.weight)
        nn.init.zeros_(layer.mlp.Wo.weight)
    return new


def half_and_half(parts, ask) -> Pool:
    "Our own targets and the teacher's, one half each; nonsense keeps ours."
    half = lambda part: part.toxicity if part.name == "nothing" else (part.toxicity + sigmoid(ask(part.texts))) / 2
    return [(part.texts, half(part), part.weight) for part in parts]


def tiny_toxicity(folder: str):
    "ELECTRA, from what is shipped: Perspective scores where there are any, the teacher's elsewhere."
    shipped, ask = resolve_model_id("rewardlm/tiny-toxicity"), teacher(folder)
    tokenizer = AutoTokenizer.from_pretrained(shipped)
    model = AutoModelForSequenceClassification.from_pretrained(shipped, dtype=torch.float32)
    texts, scores, record = halves("reward", "generator")
    kept, y = record % 10 == 0, scores[:, 0]
    choose = lambda side: [t for t, out in zip(texts, kept, strict=True) if out == side]
    fit, look_at = choose(False), choose(True)
    hard = [t for t, s in zip(fit, y[~kept], strict=True) if s > 0.4]
    prompts = [*embedded_prompts("reward").prompt, *embedded_prompts("generator").prompt]
    prompts = [prompt for number, prompt in enumerate(prompts) if number % 10]  # the tenth is kept
    others = [*unlabelled(fit, hard, vocabulary(folder), 5, 3500), *written(prompts, 16, 5)]
    hate = toxigen(0.45, 0.725)
    parts = own_parts(6, FIRST) + augmented(fit, y[~kept], list(hate[hate.hate].text), 7, FIRST)
    pool = half_and_half(parts, ask)
    pool.append((list(hate.text), (hate.toxicity.to_numpy() + sigmoid(ask(list(hate.text)))) / 2, 0.5))
    pool += [(fit, y[~kept], 2.5), (others, sigmoid(ask(others)), 1.0)]
    stamp("labelled; teacher's AUC of the kept tenth " + format(area_under_curve(ask(look_at), y[kept] >= 0.5), ".4f"))
    area = lambda m: area_under_curve(margin(m, tokenizer, look_at), y[kept] >= 0.5)
    look = lambda m: f"AUC of the kept tenth {area(m):.4f}"
    stamp("as shipped: " + look(model))
    model = train_student(model, tokenizer, pool, 5, 1e-3, look)
    calibrate(model, margin(model, tokenizer, look_at), y[kept])
    return model, tokenizer


def calibrate(model: nn.Module, z: np.ndarray, y: np.ndarray) -> None:
    "Slope and intercept of the log-odds on kept texts, folded into the last layer."
    x, wanted = torch.tensor(np.column_stack([z, np.ones(len(z))])), torch.tensor(y)
    w = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    opt = torch.optim.LBFGS([w], max_iter=60)

    def loss():
        opt.zero_grad()
        value = nn.functional.binary_cross_entropy_with_logits(x @ w, wanted)
        value.backward()
        return value

    opt.step(loss)
    slope, intercept = w.detach().tolist()
    out = model.classifier.out_proj
    out.weight.data *= slope
    out.bias.data = out.bias.data * slope + torch.tensor([-intercept / 2, intercept / 2])
    stamp(f"calibrated on the kept tenth: slope {slope:.3f}, intercept {intercept:.3f}")


def tiny_judge():
    "ModernBERT, from what is shipped and a third layer: the words' teacher (`scorers.ipynb`), people's labels, our targets of frames."
    recipe, shipped = judge_recipe(), resolve_model_id("rewardlm/tiny-judge")
    tokenizer = AutoTokenizer.from_pretrained(shipped)
    model = AutoModelForSequenceClassification.from_pretrained(shipped, dtype=torch.float32)
    texts, target, _ = recipe["judge_pool"]()
    some = np.random.default_rng(0).choice(len(texts), 12000, replace=False)
    texts, target = [texts[i] for i in some], target[some]
    said = [text for text in snippets() if hash_fraction(text) >= 0.88]
    hate = toxigen(0.725, 1.0)
    known = [*hate.text, *texts[:4000]]
    levels = np.concatenate([hate.toxicity.to_numpy(), target[:4000]])
    parts = (
        own_parts(9, SECOND) + augmented(known, levels, list(hate[hate.hate].text), 10, SECOND) + framed(14, 14, SECOND)
    )
    pool: Pool = [(part.texts, part.toxicity, part.weight) for part in parts]
    pool += [
        (texts, target, 1.0),
        (said, recipe["judge_teacher"](said), 0.7),
        (list(hate.text), hate.toxicity.to_numpy(), 1.0),
    ]
    stamp(f"{len(texts) + len(said)} texts labelled by the words' teacher")
    at, scores, _ = halves("judge")
    look = looks(tokenizer, at, scores[:, 0] >= 0.5, FIRST)
    stamp("start: " + look(model))
    model = grown(model, 3)
    stamp("grown: " + look(model))
    return train_student(model, tokenizer, pool, 2, 2e-3, look, drop=0.03), tokenizer


if __name__ == "__main__":
    name, out, folder = sys.argv[1], Path(sys.argv[2]), "".join(sys.argv[3:4])
    torch.set_num_threads(1)
    here = Path.cwd()
    folder, out = str(Path(folder).resolve()), out.resolve()
    os.chdir(HERE)
    model, tokenizer = tiny_toxicity(folder) if name == "tiny-toxicity" else tiny_judge()
    with atomic_folder(out) as made:
        model.eval().half().save_pretrained(made)
        tokenizer.save_pretrained(made)
        packed = json.dumps(
            json.loads((made / "tokenizer.json").read_text()), ensure_ascii=False, separators=(",", ":")
        )
        (made / "tokenizer.json").write_text(packed)
    stamp(f"{out}: {sum(f.stat().st_size for f in out.iterdir()) / 1e6:.2f} MB")
