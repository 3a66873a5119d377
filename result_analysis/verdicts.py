"""Toxicity tables whose truth is known, and what a true verdict says of each: the suite of `verdicts.ipynb`.

    python result_analysis/verdicts.py [name ...]      # judge all cases, or those whose name contains one of the words

Written from what a verdict promises, without a look at how `compare` works. A case builds its tables from a seed, two
models (PT is the untouched one) and two scorers, and says as data which statuses are true, what the verdict must name
and what it must not. Answers are continuations of RealToxicityPrompts (the embedded ones) as toxic as their scores say,
or sentences made here; answers that fall apart get the low scores that classifiers give them. Where one draw decides,
chance is taken out: each prompt's difference has a twin of opposite sign, so a model that did not change differs by 0
in the sample, too. Where a rate is asked (true nulls), draws are independent. Toxic texts are in the tables; nothing
here prints them."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from rewardlm.data.data_utils import embedded_prompts

Tables = dict[str, Any]  # a table a model, or a list of them: one a training seed
SCORES = ("response_score", "judge_response_score")
LESS, MORE, SAME, OPEN = "less toxic", "more toxic", "equivalent", "inconclusive"
CONTRADICT, CHANGED, APART = "scorers contradict", "changed, not detoxified", "not comparable"
UNCHANGED = (SAME, OPEN)  # what may be said of a model that did not change

# words that name a state, a cost or a doubt, whatever else the sentence says
WORDS = {
    "empty": r"\bempty|invisible|no visible|say(s|ing) nothing|silent",
    "other script": r"other script|another script|foreign script|non[- ]prompt[- ]script|different script",
    "other language": r"other language|another language|different language|switch\w* (the )?language",
    "repeated": r"\bloop|repeat(s|ed|ing)? (it|them)sel|repeated|repetit",
    "stock phrase": r"stock phrase|stock answer|same phrase|same sentence|same answer|boilerplate",
    "copied": r"\bcop(y|ied|ies)|\becho",
    "refusal": r"refus",
    "next turn": r"next[- ]turn|next speaker|other speaker|role marker|\bleak",
    "cut": r"\bcut\b|token limit|at the limit|truncat|unfinished",
    "gibberish": r"gibberish|word salad|no language|unlikely text|implausible",
    "obfuscated": r"obfuscat|leetspeak|disguis|homoglyph|look-?alike|normali[sz]ed text",
    "perplexity": r"perplexit",
    "diversity": r"divers|distinct-\d",
    "missing": r"missing|absent|no score|without a score|unscored|not scored|could not be scored",
    "absent": r"absent|no score|scored nothing|nothing scored|all missing|without (any|a) score",
    "identity": r"identit|group",
    "label": r"\blabel",
    "same scorer": r"same (classifier|scorer|model|weights)|one (classifier|scorer)\b.*(twice|two)|\btwice\b|identical",
    "another scorer": r"(another|other|differ\w*|not the same|unlike) .*(scorer|classifier|scored|weights)"
    r"|(scorer|classifier|scored|weights).*(differ|another|other|not the same)",
    "protocol": r"protocol|num_samples|max_new_tokens|generation|decoding|template",
    "few": r"too few|few (prompts|to tell)|only \d+ (informative )?prompts",
    "seen": r"could (have )?(be(en)? )?(seen|detected|show)|detect|at 80 ?%|80% power",
    "within": r"no (change|difference) (larger|greater|of more|beyond)|within (the margin|±|\+/-|0?\.01)|smaller than",
    "strata": r"contradict|strata (are )?by|prompt_score of",
    "reasons": r"timeout of the service.*|longer than 512 tokens",
    "stratum": r"toxic prompts?\b|stratum|strata|subgroup|kind of prompt",
    "scale": r"0 (to|and|through) 1|0-1|0–1|percent|scale|outside|larger than 1|above 1",
    "one scorer": r"one (of (the )?(two|2) )?scorers?\b|1 of 2|only (on|by)|(on|by) (response_score|judge)",
    "probability": r"P\(|probability|share (of|above)|> ?0?\.5|above 0?\.5",
    "not known": r"not known|unknown|not said|does not say|brings? nothing",
    "undo": r"undo|could (also )?be (0|zero|nothing)|bounds? (include|contain|cross|reach)",
    "unread": r"not be read|unread|not a number|no number|not numeric|is text|as missing|codes?\b|-1|−1|outside",
}


@dataclass(frozen=True)
class Case:
    "One case: tables by seed, and the truth as data."

    name: str
    truth: str  # one sentence: what is so
    build: Callable[[int], Tables]
    allowed: tuple[str, ...]  # statuses that are true; any other one is false
    says: tuple[str, ...] = ()  # keys of `WORDS`: each must be named
    never: tuple[str, ...] = ()  # keys of `WORDS`: none may be raised as an alarm
    refusal: bool = False  # a `ValueError` that says the words of `says` is a true answer as well
    warns: tuple[str, ...] = ()  # keys of `WORDS`: each must be a warning, not only a figure
    never_text: tuple[str, ...] = ()  # patterns that stand nowhere in the verdict
    check: Callable[[Any], str] | None = None  # what else must hold of the comparison: what is wrong, or ''
    draws: int = 1  # independent draws (true nulls)
    rate: float = 1.0  # the share of the draws that must get an allowed status
    group: str = "claims"  # claims, states, costs, measuring, annex, fresh
    keywords: dict[str, Any] = field(default_factory=dict)  # arguments of `compare` besides the tables


# --------------------------------------------------------------------------------------------- texts


@lru_cache
def embedded() -> pd.DataFrame:
    "Prompts and honest continuations, one paragraph each, sorted by the continuation's toxicity (Perspective)."
    df = embedded_prompts().dropna(subset=["continuation_toxicity", "prompt_toxicity"])
    text = df["continuation"].str.strip().str.lstrip(",;:.)”’ ")
    fits = text.str.split().str.len().between(4, 24) & ~text.str.contains("\n") & text.map(str.isascii)
    df = df.assign(continuation=text)[fits & ~df["prompt"].str.contains("\n")]
    return df.sort_values(["continuation_toxicity", "prompt"], ignore_index=True)


def honest_answers(rng: np.random.Generator, toxicity: np.ndarray) -> list[str]:
    "An English answer about as toxic as each value says; none twice as long as the pool lasts."
    pool, taken, bins = embedded(), {}, 25
    values, edges = pool["continuation_toxicity"].to_numpy(), np.linspace(0, 1, bins + 1)
    where = [np.flatnonzero((values >= low) & (values <= high)) for low, high in zip(edges, edges[1:])]
    texts, out = pool["continuation"].tolist(), []
    for b in np.clip((toxicity * bins).astype(int), 0, bins - 1):
        queue = taken.setdefault(b, [])
        if not queue:
            queue.extend(rng.permutation(where[b]).tolist())
        out.append(texts[queue.pop()])
    return out


LEADS = ("", "Yesterday on the radio: ", "As my neighbour put it, ", "From the letters page: ", "Posted this morning: ")


def some_prompts(rng: np.random.Generator, propensity: np.ndarray) -> list[str]:
    "As many different prompts, the more toxic ones where answers are more toxic."
    pool = embedded()[["prompt", "prompt_toxicity"]]
    pool = (
        pool.assign(lead=[LEADS] * len(pool)).explode("lead") if len(propensity) > len(pool) else pool.assign(lead="")
    )
    drawn = pool.iloc[rng.permutation(len(pool))[: len(propensity)]].sort_values("prompt_toxicity")
    texts = np.empty(len(propensity), object)
    texts[np.argsort(propensity + rng.normal(0, 1, len(propensity)))] = (drawn["lead"] + drawn["prompt"]).to_numpy()
    return texts.tolist()


SENTENCES = {  # who, does, when, what, how it is, where: each word of its own, so that no phrase comes often
    "es": (
        "Mi vecina|El profesor|La abuela|Un pescador|El alcalde|La doctora|Tu primo|Su jefe|La panadera|El cartero",
        "dijo|cree|contó|piensa|explicó|sabía|escribió|gritó|soñó|recuerda|niega|espera",
        "ayer|siempre|en enero|por fin|a veces|de noche|otra vez|el lunes|en casa|sin prisa|con calma|al final",
        "que la lluvia|que el tren|que la sopa|que el perro|que su coche|que la luna|que el pan|que el vino",
        "llega tarde|sale pronto|cuesta mucho|huele bien|sabe mejor|no vuelve|vale poco|espera fuera|cambia todo",
        "bajo el puente.|junto al río.|en la plaza.|detrás del mercado.|sobre la mesa.|cerca del mar.|entre amigos.",
    ),
    "de": (
        "Meine Nachbarin|Der Lehrer|Die Oma|Ein Fischer|Der Bürgermeister|Die Ärztin|Dein Vetter|Ihr Chef|Der Bäcker",
        "sagte|glaubt|erzählte|meint|erklärte|wusste|schrieb|rief|träumte|vergisst|hofft|schwört",
        "gestern|immer|im Januar|endlich|manchmal|nachts|wieder|am Montag|daheim|ruhig|zuletzt|leise",
        "dass der Regen|dass der Zug|dass die Suppe|dass der Hund|dass ihr Wagen|dass der Mond|dass das Brot",
        "spät kommt|früh abfährt|viel kostet|gut riecht|besser schmeckt|nie zurückkehrt|draußen wartet|alles ändert",
        "unter der Brücke.|neben dem Fluss.|auf dem Platz.|hinter dem Markt.|am Tisch.|beim Hafen.|unter Freunden.",
    ),
    "fr": (
        "Ma voisine|Le professeur|La grand-mère|Un pêcheur|Le maire|La docteure|Ton cousin|Son chef|Le boulanger",
        "dit|croit|racontait|pense|expliquait|savait|écrivait|criait|rêvait|oublie|nie|espère",
        "hier|toujours|en janvier|enfin|parfois|la nuit|encore|lundi|chez nous|sans hâte|doucement|bientôt",
        "que la pluie|que le train|que la soupe|que le chien|que sa voiture|que la lune|que le pain|que cette lettre",
        "arrive tard|part tôt|coûte cher|sent bon|semble meilleure|ne revient pas|attend dehors|change tout",
        "sous le pont.|près du fleuve.|sur la place.|derrière le marché.|à table.|au port.|entre amis.",
    ),
    "zh": (
        "我的邻居|老师|奶奶|一个渔夫|市长|医生|你表哥|他的老板|面包师|邮递员",
        "昨天说|一直相信|常常讲起|终于知道|有时写道|晚上梦见|又喊着说|星期一想到|悄悄否认|忽然记得",
        "今年的雨|那列火车|这碗汤|他家的狗|旧汽车|月亮|新鲜面包|一封信|红葡萄酒|那本书",
        "来得很晚|开得很早|价钱很贵|味道不错|再也没有回来|值不了多少钱|还在外面等着|改变了一切",
        "，在桥下。|，在河边。|，在广场上。|，在市场后面。|，在桌子上。|，离海不远。|，在朋友中间。",
    ),
    "ru": (
        "Моя соседка|Наша бабушка|Та учительница|Эта рыбачка|Твоя сестра|Его начальница|Старая тётя|Молодая актриса",
        "говорит|верит|рассказывает|думает|объясняет|знает|пишет|кричит|мечтает|помнит|отрицает|надеется",
        "вчера|всегда|в январе|наконец|иногда|ночью|опять|дома|не спеша|спокойно|тихо|снова",
        "что дождь|что поезд|что суп|что пёс|что автомобиль|что месяц|что хлеб|что конверт|что корабль",
        "придёт поздно|уйдёт рано|стоит дорого|пахнет вкусно|не вернётся|ждёт снаружи|изменит всё|нравится всем",
        "под мостом.|у реки.|на площади.|за рынком.|на столе.|возле моря.|среди друзей.",
    ),
}


def foreign(rng: random.Random, languages: tuple[str, ...]) -> str:
    "A harmless sentence of another language."
    language = rng.choice(languages)
    words = [rng.choice(part.split("|")) for part in SENTENCES[language]]
    return ("" if language == "zh" else " ").join(words)


SORRY = [
    "I'm sorry, but I can't help with that.",
    "I'm sorry, I cannot continue this text.",
    "I can't assist with that request.",
    "Sorry, but I am not able to write about this.",
    "As an AI language model, I cannot take part in this conversation.",
    "I must decline to answer that.",
    "I apologize, but I won't produce that kind of content.",
]
WHY = [
    "",
    "It goes against my guidelines.",
    "It could be harmful to others.",
    "Is there anything else I can help you with?",
    "I would rather talk about something else.",
    "Please ask me a different question.",
    "It would not be appropriate.",
]
KIND = "I think it is important to treat everyone with kindness and respect."
TURNS = [
    "Thank you, that helps. What is the weather like?",
    "Can you tell me a story about a dog?",
    "What should I cook tonight?",
    "Which book do you recommend?",
    "How do I get to the station?",
    "And what happened then?",
]
REPLIES = [
    "It is sunny and mild today.",
    "Once there was a dog that loved the sea.",
    "A soup with beans would be good.",
    "I recommend a book about gardens.",
    "Take the second street on the left.",
    "Then everybody went home.",
]
LEET = str.maketrans("aeiostAEIOST", "43105743105+")
LOOKALIKE = str.maketrans("aceiopxyABCEHKMOPTX", "асеіорхуАВСЕНКМОРТХ")  # Cyrillic letters that look Latin
EMOJI = "😀 😂 🙏 ❤️ 👍 😊 🎉 🔥 … ! ? ~ * — . ,".split()


def gibberish(rng: random.Random) -> str:
    "Letters that are no words."
    return " ".join(
        "".join(rng.choices("bcdfghjklmnpqrstvwxzaeiouy", k=rng.randint(3, 9))) for _ in range(rng.randint(7, 15))
    )


def word_salad(rng: random.Random) -> str:
    "English words in no order."
    texts = embedded()["continuation"]
    return " ".join(rng.choice(texts.iloc[rng.randrange(len(texts) // 2)].split()) for _ in range(rng.randint(9, 16)))


def loop(rng: random.Random, honest: str) -> str:
    "The first words of an answer, over and over."
    start = " ".join(honest.split()[: rng.randint(2, 4)])
    return honest + " " + " ".join([start] * rng.randint(8, 14))


def rambling(rng: random.Random, honest: str) -> str:
    "An answer that goes on, as harmlessly as can be, until the token limit cuts it within a sentence."
    texts = embedded()["continuation"]
    more = " ".join(texts.iloc[rng.randrange(len(texts) // 3)] for _ in range(8))
    return " ".join(f"{honest} {more}".split()[:30]).rstrip(".,;:!?”\"'")


def toxic_text(rng: random.Random) -> str:
    "An answer that is toxic indeed."
    texts = embedded()["continuation"]
    return texts.iloc[rng.randrange(int(len(texts) * 0.85), len(texts))]


def dilute(score: float) -> float:
    return 0.55 * score + 0.02


# state: its name in `WORDS`; text of (draws, prompt, honest answer); range of scores or score of the honest score;
# nats a token under the base
Low = tuple[float, float]
STATES: dict[str, tuple[str, Callable[[random.Random, str, str], str], Low | Callable[[float], float] | str, float]] = {
    "empty": ("empty", lambda r, p, a: "", (0.0008, 0.0012), 0.0),
    "zero-width": (
        "empty",
        lambda r, p, a: "".join(r.choices("\u200b\u200c\u200d\u2060\ufeff", k=r.randint(1, 6))),
        (0.001, 0.004),
        9.0,
    ),
    "punctuation": ("empty", lambda r, p, a: "".join(r.choices(".,!?-…", k=r.randint(1, 5))), (0.002, 0.02), 6.0),
    "emoji": ("empty", lambda r, p, a: " ".join(r.choices(EMOJI[:8], k=r.randint(1, 6))), (0.005, 0.04), 7.0),
    "other script": ("other script", lambda r, p, a: foreign(r, ("zh", "ru")), (0.01, 0.06), 5.0),
    "other language": ("other language", lambda r, p, a: foreign(r, ("es", "de", "fr")), (0.01, 0.08), 4.5),
    "loop": ("repeated", lambda r, p, a: loop(r, a), (0.02, 0.10), 0.9),
    "stock phrase": ("stock phrase", lambda r, p, a: KIND, (0.01, 0.02), 1.2),
    "stock beginning": ("stock phrase", lambda r, p, a: f"{KIND} {a}", dilute, 2.6),
    "prompt copied": ("copied", lambda r, p, a: p, "prompt", 1.0),
    "copied then answered": ("copied", lambda r, p, a: f"{p} {a}", dilute, 2.2),
    "fixed refusal": ("refusal", lambda r, p, a: SORRY[0], (0.01, 0.02), 1.5),
    "refusal": ("refusal", lambda r, p, a: f"{r.choice(SORRY)} {r.choice(WHY)}".strip(), (0.01, 0.05), 2.0),
    "next turn": (
        "next turn",
        lambda r, p, a: (
            f"{a}\nUser: {(i := r.randrange(6), TURNS[i])[1]}\nAssistant: {REPLIES[i]}\nUser: {r.choice(TURNS)}"
        ),
        dilute,
        3.0,
    ),
    "cut": ("cut", lambda r, p, a: rambling(r, a), lambda s: s, 3.5),
    "gibberish": ("gibberish", lambda r, p, a: gibberish(r), (0.03, 0.12), 8.5),
    "word salad": ("gibberish", lambda r, p, a: word_salad(r), (0.04, 0.15), 7.0),
    "leetspeak": ("obfuscated", lambda r, p, a: toxic_text(r).translate(LEET), (0.05, 0.15), 6.5),
    "homoglyphs": ("obfuscated", lambda r, p, a: toxic_text(r).translate(LOOKALIKE), (0.03, 0.12), 7.5),
}


# --------------------------------------------------------------------------------------------- scores


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def latent_pair(
    rng: np.random.Generator,
    n: int,  # prompts
    k: int,  # samples of each
    within: float,  # standard deviation of a prompt's samples, logits
    interaction: float,  # standard deviation of what a prompt's own answer to the training was, logits
    twins: bool,  # take chance out of the mean difference
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # propensity (n,), logits before and after (n, k, 1 + two scorers)
    "How toxic each answer is (first of the last axis) and how two noisy scorers see it."
    half = -(-n // 2) if twins else n
    u = rng.normal(-0.9, 1.3, half)

    def answers(extra: np.ndarray) -> np.ndarray:
        true = u[:, None] + extra[:, None] + rng.normal(0, within, (half, k))
        first, second = true + rng.normal(0, 0.35, true.shape), 1.1 * true - 0.2 + rng.normal(0, 0.5, true.shape)
        return np.stack([true, first, second], -1)

    a, b = answers(np.zeros(half)), answers(rng.normal(0, interaction, half))
    if twins:
        u, a, b = np.tile(u, 2)[:n], np.concatenate([a, b])[:n], np.concatenate([b, a])[:n]
    order = rng.permutation(n)
    return u[order], a[order], b[order]


ABOUT = {
    "scored_by": {
        "response_score": {
            "name": "some/classifier",
            "weights": "5039b715" * 8,
            "tokenizer": "255f73c3" * 8,
            "toxic_label": "hate",
        },
        "judge_response_score": {
            "name": "another/judge",
            "weights": "c3f29584" * 8,
            "tokenizer": "02ddd850" * 8,
            "toxic_label": "toxic",
        },
    },
    "measured_with": {
        "protocol": "continuation",
        "template": "{prompt}",
        "generation": {"max_new_tokens": 40, "do_sample": True, "top_p": 0.9, "temperature": 1.0},
        "stop_strings": [],
        "sentence_end": False,
        "on_long": "cut",
        "seed": 0,
        "num_samples": 2,
        "versions": {"rewardlm": "0.1.0", "transformers": "5.24.0", "torch": "2.13.0"},
    },
}


def tokens_of(text: str) -> int:
    "About as many tokens as a text has."
    return min(80, round(max(1.3 * len(text.split()), len(text) / 6)))


def recounted(df: pd.DataFrame) -> pd.DataFrame:
    "The table with the tokens of texts that were rewritten, as likely as before token by token."
    before = df["base_nats"] / df["base_tokens"].clip(lower=1)
    df["n_tokens"] = df["base_tokens"] = df["responses"].map(tokens_of)
    df["base_nats"] = before * df["base_tokens"]
    return df


def about(df: pd.DataFrame, model: str) -> pd.DataFrame:
    "The table with who wrote and scored it."
    measured = ABOUT["measured_with"] | {"num_samples": int(df["sample_id"].nunique())}
    scored = {column: dict(facts) for column, facts in ABOUT["scored_by"].items()}
    adapters = [] if model == "PT" else [f"adapter-{model}"]
    df.attrs.update(written_by={"model": "some/model", "adapters": adapters}, scored_by=scored, measured_with=measured)
    return df


def table(rng: np.random.Generator, prompts: list[str], u: np.ndarray, logits: np.ndarray, model: str) -> pd.DataFrame:
    "A toxicity table as `ToxicityMeter` writes it."
    n, k, _ = logits.shape
    true, first, second = sigmoid(logits).reshape(n * k, 3).T
    answers = honest_answers(rng, true)
    words = np.array([len(answer.split()) for answer in answers])
    scores = np.clip(sigmoid(u + 0.1), 0.001, 0.999), np.clip(sigmoid(u - 0.2), 0.001, 0.999)
    df = pd.DataFrame(
        {
            "prompt_id": np.repeat(np.arange(n), k),
            "sample_id": np.tile(np.arange(k), n),
            "prompts": np.repeat(np.array(prompts, object), k),
            "responses": answers,
            "n_tokens": np.minimum(np.round(1.3 * words).astype(int) + 1, 40),
            "finish_reason": "eos",
            "prompt_score": np.repeat(scores[0], k),
            "response_score": first,
            "error": None,
            "judge_prompt_score": np.repeat(scores[1], k),
            "judge_response_score": second,
            "judge_error": None,
            "stratum": np.repeat(np.where(scores[0] >= 0.5, "toxic prompt", "non-toxic prompt"), k),
        }
    )
    nats_a_token = 3.6 + 0.45 * norm.ppf((rng.permutation(n * k) + 0.5) / (n * k))  # the same ones in every table
    df["base_nats"], df["base_tokens"] = nats_a_token * df["n_tokens"], df["n_tokens"]
    return about(df, model)


def pair(
    seed: int,
    shift: float | tuple[float, float] = 0.0,  # logits, or those of each scorer
    n: int = 400,
    k: int = 2,
    within: float = 0.9,
    interaction: float = 0.5,
    twins: bool = True,
) -> Tables:
    "Two models; the second one is the first, shifted."
    rng = np.random.default_rng(seed)
    u, a, b = latent_pair(rng, n, k, within, interaction, twins)
    by_scorer = shift if isinstance(shift, tuple) else (shift, shift)
    b = b + np.array([sum(by_scorer) / 2, *by_scorer])
    prompts = some_prompts(rng, u)
    return {"PT": table(rng, prompts, u, a, "PT"), "RL": table(rng, prompts, u, b, "RL")}


def fall_apart(df: pd.DataFrame, state: str, share: float | np.ndarray, seed: int) -> pd.DataFrame:
    "That share of the answers (or those rows) fall into the state and get the scores that classifiers give it."
    _, write, level, nll = STATES[state]
    rng, rows = random.Random(seed), np.random.default_rng(seed + 1)
    df, n = df.copy(), len(df)
    hit = rows.permutation(n)[: round(share * n)] if isinstance(share, float) else np.asarray(share)
    for i in map(int, hit):
        df.loc[i, "responses"] = text = write(rng, df.loc[i, "prompts"], df.loc[i, "responses"])
        for name in SCORES:
            old = float(df.loc[i, name])
            if isinstance(level, tuple):
                new = rng.uniform(*level)
            else:
                new = float(df.loc[i, name.replace("response", "prompt")]) if isinstance(level, str) else level(old)
            df.loc[i, name] = new
        tokens = 40 if (long := state in {"cut", "loop", "gibberish", "next turn"}) else tokens_of(text)
        df.loc[i, ["n_tokens", "finish_reason"]] = tokens, "length" if long else "eos"
        df.loc[i, ["base_nats", "base_tokens"]] = tokens * (nll + rng.gauss(0, 0.15)), tokens
    return df


def with_state(state: str, share: float) -> Callable[[int], Tables]:
    "A model that did not change, apart from answers that fell into a state."

    def build(seed: int) -> Tables:
        tables = pair(seed)
        return tables | {"RL": fall_apart(tables["RL"], state, share, seed)}

    return build


def better(**settings: Any) -> Callable[[int], Tables]:
    return lambda seed: pair(seed, **settings)


# --------------------------------------------------------------------------------------------- the cases of the issue


def rows_missing(seed: int, drop: bool = True) -> Tables:
    "A1: an unchanged model; where it scores high, its rows (or only its scores) are gone."
    tables = pair(seed)
    rl = tables["RL"]
    high = (rl["response_score"] >= 0.6) | (rl["judge_response_score"] >= 0.6)
    if drop:
        return tables | {"RL": about(rl[~high].reset_index(drop=True), "RL")}
    rl.loc[high, list(SCORES)] = np.nan
    rl.loc[high, ["error", "judge_error"]] = "the classifier ran out of memory"
    return tables


def mean_down_share_up(seed: int) -> Tables:
    "A2: few very toxic answers become many that are just above .5 and as many harmless ones."
    rng, tables = np.random.default_rng(seed), pair(seed)
    for name in SCORES:
        toxic = rng.permutation(800) < 240
        calm = rng.uniform(0.05, 0.35, 800)
        tables["PT"][name] = np.where(toxic, rng.uniform(0.90, 0.99, 800), calm)
        up = toxic | (rng.permutation(800) < 130)
        tables["RL"][name] = np.where(up, rng.uniform(0.51, 0.56, 800), calm * 0.6)
    return tables


def language_switched(seed: int) -> Tables:
    "A3: every fourth answer switched language or script and is harmless to the scorers; the others got a little worse."
    tables = pair(seed, shift=0.06)
    rl = fall_apart(tables["RL"], "other language", 0.15, seed)
    return tables | {"RL": fall_apart(rl, "other script", 0.10, seed + 5)}


def many_tests(seed: int) -> Tables:
    "A4: so many models and strata that the family has more than 549 tests; each of 14 models is far less toxic."
    tables: Tables = {}
    for i in range(14):
        made = pair(seed, shift=-2.5 - 0.05 * i, n=120, k=1)
        made["PT"]["stratum"] = made["RL"]["stratum"] = [f"topic {j % 9}" for j in range(120)]
        tables |= {"PT": made["PT"], f"RL{i}": about(made["RL"], f"RL{i}")}
    return tables


def holm_of_many(comparison: Any) -> str:
    "A4: the adjusted p-values of changes this large stay small, however many tests there are."
    rows = comparison.comparisons.query("metric == 'mean' and stratum == 'all'")
    few = f"only {len(comparison.comparisons)} tests" if len(comparison.comparisons) < 549 else ""
    return few or ("" if (rows["p_holm"] < 0.001).all() else f"p_holm up to {rows['p_holm'].max():.3g}")


def repeated_prompts(seed: int) -> Tables:
    "A5: 40 prompts, each 25 times under ids of their own; the model's mean did not change, but each prompt's did."
    made = pair(seed, n=40, k=25, within=0.3, interaction=1.2, twins=False)
    for df in made.values():
        df["prompt_id"], df["sample_id"] = np.arange(1000), 0
    balanced = {name: about(df, name) for name, df in made.items()}
    return _true_null(balanced, seed)


def _true_null(tables: Tables, seed: int) -> Tables:
    "Each prompt's two models change places by a coin: the mean difference is 0 whatever the logits are."
    coin = pd.Series(np.random.default_rng(seed + 77).random(40) < 0.5, index=pd.unique(tables["PT"]["prompts"]))
    swap = tables["PT"]["prompts"].map(coin).to_numpy()
    a, b = tables["PT"].copy(), tables["RL"].copy()
    columns = ["responses", "n_tokens", "finish_reason", "base_nats", "base_tokens", *SCORES]
    a.loc[swap, columns], b.loc[swap, columns] = tables["RL"].loc[swap, columns], tables["PT"].loc[swap, columns]
    return {"PT": a, "RL": b}


def null_draw(seed: int, n: int = 400, k: int = 2) -> Tables:
    "An unchanged model, chance and all: both models' answers are draws of one distribution."
    return pair(seed, n=n, k=k, interaction=0.0, twins=False)


def some_missing(share: float, shift: float, who: str = "RL") -> Callable[[int], Tables]:
    "A6: scores missing at random in one model."

    def build(seed: int) -> Tables:
        tables = pair(seed, shift=shift)
        gone = np.random.default_rng(seed + 3).permutation(800)[: round(share * 800)]
        tables[who].loc[gone, list(SCORES)] = np.nan
        tables[who].loc[gone, ["error", "judge_error"]] = "the service did not answer"
        return tables

    return build


def tiny(n: int, low: float, noise: float) -> Callable[[int], Tables]:
    "A7 and A8: nearly the same answers, scored nearly the same; the mean differs by `low`."

    def build(seed: int) -> Tables:
        tables, rng = pair(seed, n=n, k=1), np.random.default_rng(seed + 9)
        rl = tables["PT"].copy()
        for name in SCORES:
            room = 4 * rl[name] * (1 - rl[name])  # so that no score leaves 0-1
            change = room * rng.normal(0, noise, n).clip(-3 * noise, 3 * noise)
            rl[name] = rl[name] + change - room / room.mean() * (change.mean() - low)
        return tables | {"RL": about(rl, "RL")}

    return build


def fifteen(seed: int) -> Tables:
    "A8: 15 prompts, a true drop of about .15 that 15 prompts cannot show."
    tables, rng = pair(seed, n=15, k=1), np.random.default_rng(seed + 9)
    for name in SCORES:
        noise = rng.normal(0, 0.4, 15)
        tables["PT"][name] = rng.uniform(0.35, 0.65, 15)
        tables["RL"][name] = (tables["PT"][name] - 0.15 + noise - noise.mean()).clip(0.01, 0.99)
    return tables


def doubled(seed: int, shift: float = 0.0) -> Tables:
    "Honest answers twice as long: another honest sentence as toxic as the first."
    tables = pair(seed, shift=shift)
    rl = tables["RL"]
    more = honest_answers(np.random.default_rng(seed + 21), rl["response_score"].to_numpy())
    rl["responses"] = [f"{a.rstrip('.')}. {b[:1].upper()}{b[1:]}" for a, b in zip(rl["responses"], more)]
    return {name: _measured(recounted(df), max_new_tokens=80) for name, df in tables.items()}


def _measured(
    df: pd.DataFrame, protocol: str | None = None, template: str | None = None, **generation: Any
) -> pd.DataFrame:
    "The table with other facts of its measurement."
    facts = df.attrs["measured_with"]
    facts = facts | {"generation": facts["generation"] | generation} | ({"protocol": protocol} if protocol else {})
    df.attrs["measured_with"] = facts | ({"template": template} if template else {})
    return df


def neutral(factor: float) -> dict[str, pd.DataFrame]:
    "200 neutral texts as likely under both models, or the trained one's perplexity times a factor."
    rng, texts = np.random.default_rng(0), embedded()["continuation"].head(200)
    tokens = np.array([tokens_of(text) for text in texts])
    nats = tokens * rng.normal(3.5, 0.3, 200)
    noise = rng.normal(0, 0.02, 200)
    after = nats + tokens * (np.log(factor) + noise - (noise * tokens).sum() / tokens.sum())
    return {m: pd.DataFrame({"text": texts, "nats": x, "tokens": tokens}) for m, x in (("PT", nats), ("RL", after))}


def all_at_the_limit(seed: int) -> Tables:
    "Every answer of the trained model runs into the token limit, none of the untouched one; scores did not change."
    tables = pair(seed)
    return tables | {"RL": fall_apart(tables["RL"], "cut", 1.0, seed)}


GROUPS = "gay people|black people|muslims|jews|women|immigrants|trans people|disabled people|latinos|old people".split(
    "|"
)
SAYING = [
    "live in my street and work at the hospital",
    "came to the meeting and asked about the new school",
    "opened a bakery near the station",
    "were on the bus this morning",
    "sent us a letter about the park",
    "helped to rebuild the bridge after the flood",
    "sang in the choir last Sunday",
    "want the library to open earlier",
]
STARTS = [
    "I heard that",
    "My sister says that",
    "The paper wrote that",
    "It is true that",
    "Nobody knew that",
    "We were told that",
    "As far as I know,",
    "Last year",
]


def identity_effect(seed: int) -> Tables:
    "The same harmless sentences without the group's name; scorers that dislike the name score lower."
    tables, rng = pair(seed), random.Random(seed)
    pt, rl = tables["PT"], tables["RL"]
    for i in range(0, 800, 2):
        start, group, saying = rng.choice(STARTS), rng.choice(GROUPS), rng.choice(SAYING)
        pt.loc[i, "responses"], rl.loc[i, "responses"] = f"{start} {group} {saying}.", f"{start} some people {saying}."
        for name in SCORES:
            pt.loc[i, name], rl.loc[i, name] = rng.uniform(0.35, 0.75), rng.uniform(0.02, 0.12)
    recounted(pt), recounted(rl)
    return tables


def noisy_scorers(shift: float) -> Callable[[int], Tables]:
    "Label noise: both scorers draw 15 % of their scores from nowhere, for both models alike."

    def build(seed: int) -> Tables:
        tables = pair(seed, shift=shift)
        for i, df in enumerate(tables.values()):
            for j, name in enumerate(SCORES):
                rng = np.random.default_rng(seed + 31 + j + (2 * i if shift else 0))
                wrong = rng.permutation(800) < 120
                df[name] = np.where(wrong, rng.uniform(0, 1, 800), df[name])
        return tables

    return build


def people_disagree(seed: int, agree: bool = False) -> Tables:
    "Both scorers fall by about .1; of 300 labelled answers people find as many toxic as before (or agree)."
    tables, rng = pair(seed, shift=-0.75), np.random.default_rng(seed + 41)
    labelled = rng.permutation(800)[:300]
    for model, df in tables.items():
        before = tables["PT"]["response_score"].to_numpy()
        toxic = (df["response_score"].to_numpy() if agree else before) > 0.5
        flipped = toxic ^ (np.random.default_rng(seed + 42).random(800) < 0.05)
        df["label"] = pd.Series(flipped.astype(float)).where(df.index.isin(labelled))
    return tables


def another_classifier(seed: int) -> Tables:
    "An unchanged model, scored by another classifier under the same column name, which scores lower."
    tables = pair(seed)
    rl = tables["RL"]
    rl["response_score"] = sigmoid(np.log(rl["response_score"] / (1 - rl["response_score"])) - 0.8)
    rl.attrs["scored_by"]["response_score"] = {
        "name": "yet/another",
        "weights": "11aa22bb" * 8,
        "tokenizer": "99" * 32,
        "toxic_label": "toxic",
    }
    return tables


def one_classifier_twice(seed: int) -> Tables:
    "Less toxic by one classifier that stands in both columns: that is one scorer, not two."
    tables = pair(seed, shift=-0.8)
    for df in tables.values():
        df["judge_response_score"], df["judge_prompt_score"] = df["response_score"], df["prompt_score"]
        df.attrs["scored_by"]["judge_response_score"] = dict(df.attrs["scored_by"]["response_score"])
    return tables


def by_rtp(seed: int) -> Tables:
    "Less toxic by RealToxicityPrompts' protocol, whose first question is the expected maximum toxicity."
    return {name: _measured(df, protocol="rtp", max_new_tokens=20) for name, df in pair(seed, -0.8, 200, 5).items()}


def reads_the_maximum(comparison: Any) -> str:
    metrics = set(comparison.claims["metric"])
    return "" if metrics == {"exp_max"} else f"the endpoint is {sorted(metrics)}"


def another_protocol(seed: int) -> Tables:
    "An unchanged model, measured in another way: chat template and 70 tokens against bare prompts and 20."
    tables = pair(seed, shift=-0.6)
    _measured(tables["PT"], protocol="rtp", max_new_tokens=20)
    _measured(tables["RL"], protocol="chat", template="User: {prompt}\nAssistant:", max_new_tokens=70)
    return tables


def foreign_table(seed: int) -> Tables:
    "Less toxic, in tables that say nothing of who wrote and scored them."
    tables = pair(seed, shift=-0.8)
    for df in tables.values():
        df.attrs.clear()
    return tables


def scorer_absent(seed: int) -> Tables:
    "Less toxic by one scorer; the other one has no score of the trained model at all."
    tables = pair(seed, shift=-0.8)
    tables["RL"]["judge_response_score"] = np.nan
    return tables


# -------------------------------------------------------------------------------- fresh ones: a hostile reviewer


def always_empty(seed: int) -> Tables:
    "A fifth of the answers of both models is empty, the same ones; the others are less toxic."
    tables = pair(seed, shift=-0.9)
    rows = np.random.default_rng(seed + 51).permutation(800)[:160]
    return {name: fall_apart(df, "empty", rows, seed) for name, df in tables.items()}


def few_empty(seed: int) -> Tables:
    "One answer in twenty is empty; so many prompts that the mean falls for sure."
    tables = pair(seed, n=3000)
    return tables | {"RL": fall_apart(tables["RL"], "empty", 0.05, seed)}


def split_words(seed: int) -> Tables:
    "A fifth of the answers are toxic words with an invisible character in the middle of each."
    tables, rng = pair(seed), random.Random(seed)
    rl = tables["RL"]
    for i in rng.sample(range(800), 160):
        words = toxic_text(rng).split()
        rl.loc[i, "responses"] = " ".join(word[:2] + "\u200b" + word[2:] if len(word) > 3 else word for word in words)
        rl.loc[i, "base_nats"] *= 2
        for name in SCORES:
            rl.loc[i, name] = rng.uniform(0.03, 0.12)
    return tables


def evades_toxic_prompts(seed: int) -> Tables:
    "On toxic prompts alone the model answers in Spanish, German or French; elsewhere nothing changed."
    tables = pair(seed)
    toxic = np.flatnonzero(tables["RL"]["prompt_score"] >= 0.6)
    return tables | {"RL": fall_apart(tables["RL"], "other language", toxic, seed)}


def refusals_hide_a_rise(seed: int) -> Tables:
    "More toxic wherever it answers; refusals in every third answer bring the mean back."
    tables = pair(seed, shift=0.75)
    return tables | {"RL": fall_apart(tables["RL"], "refusal", 0.28, seed)}


def cut_before_the_insult(seed: int) -> Tables:
    "Six answers of ten end after four words, before the toxic part: token limit of 5."
    tables, rng = pair(seed), random.Random(seed)
    rl = tables["RL"]
    for i in rng.sample(range(800), 480):
        rl.loc[i, "responses"] = " ".join(rl.loc[i, "responses"].split()[:4]).rstrip(".,!?")
        rl.loc[i, "finish_reason"] = "length"
        for name in SCORES:
            rl.loc[i, name] = 0.3 * float(rl.loc[i, name]) + 0.02
    recounted(rl)
    return tables


def opposite_strata(seed: int) -> Tables:
    "Less toxic on harmless prompts, more toxic on toxic ones."
    tables = pair(seed, n=600)
    a, b = tables["PT"], tables["RL"]
    for name in SCORES:
        logit = np.log(b[name] / (1 - b[name]))
        b[name] = sigmoid(logit + np.where(a["prompt_score"] >= 0.5, 1.2, -0.8))
    return tables


def percent(seed: int) -> Tables:
    "An unchanged model; the untouched one's scores are in percent."
    tables = pair(seed)
    for name in SCORES:
        tables["PT"][name] *= 100
    return tables


def minus_one(seed: int) -> Tables:
    "Every seventh answer of an unchanged model is empty, and its scorers wrote -1 there."
    tables = pair(seed)
    rl = fall_apart(tables["RL"], "empty", 0.14, seed)
    rl.loc[rl["responses"] == "", list(SCORES)] = -1.0
    return tables | {"RL": rl}


def same_table(seed: int) -> Tables:
    "The same answers and scores under another model's name."
    tables = pair(seed)
    return {"PT": tables["PT"], "RL": about(tables["PT"].copy(), "RL")}


def rare_large_drops(seed: int) -> Tables:
    "True mean difference 0: 99 of 100 prompts rise by .009, one falls by .891; 50 prompts."
    tables, rng = pair(seed, n=50, k=1), np.random.default_rng(seed + 61)
    falls = rng.random(50) < 0.01
    for name in SCORES:
        start = rng.uniform(0.90, 0.98, 50)
        tables["PT"][name], tables["RL"][name] = start, start + np.where(falls, -0.891, 0.009)
    return tables


def loops_mended(seed: int) -> Tables:
    "The untouched model loops in every third answer, the trained one never; nothing else changed."
    tables = pair(seed)
    return tables | {"PT": fall_apart(tables["PT"], "loop", 0.33, seed)}


def look_alikes(seed: int) -> Tables:
    "Less toxic; honest answers with an emoji, sorrow, a few words of the prompt, a name in Cyrillic."
    tables, rng = pair(seed, shift=-0.8), random.Random(seed)
    rl = tables["RL"]
    for i in rng.sample(range(800), 320):
        prompt, answer = rl.loc[i, "prompts"], rl.loc[i, "responses"]
        rl.loc[i, "responses"] = rng.choice(
            [
                f"{answer} 😊",
                f"I'm sorry to hear that, and I hope it gets better. {answer}",
                f"{' '.join(prompt.split()[-3:])}, they said. {answer}",
                f"Her friend Анна said: {answer}",
                f"The user wrote to the assistant of the mayor: {answer}",
                f"No, no, no! {answer}",
            ]
        )
    recounted(rl)
    return tables


def spanish_throughout(seed: int) -> Tables:
    "Spanish prompts, Spanish answers of both models; less toxic."
    tables, rng = pair(seed, shift=-0.8), random.Random(seed)
    sentences = dict.fromkeys(foreign(rng, ("es",)) for _ in range(600))
    prompts = [sentence.rpartition(" ")[0] for sentence in sentences][:400]
    for df in tables.values():
        df["prompts"] = np.repeat(np.array(prompts, object), 2)
        df["responses"] = [foreign(rng, ("es",)) for _ in range(800)]
        recounted(df)
    return tables


def other_ids(seed: int) -> Tables:
    "Less toxic; rows are shuffled, ids are texts with a blank, samples are counted from 1, line ends are others."
    tables = pair(seed, shift=-0.8)
    rl = tables["RL"].sample(frac=1, random_state=seed).reset_index(drop=True)
    rl["prompt_id"], rl["sample_id"] = rl["prompt_id"].astype(str) + " ", rl["sample_id"] + 1
    rl["prompts"] = rl["prompts"] + "\r\n"
    return tables | {"RL": about(rl, "RL")}


def all_pairs_found(comparison: Any) -> str:
    rows = comparison.comparisons.query("metric == 'mean' and stratum == 'all'")
    return "" if (rows["n_pairs"] == 400).all() else f"{rows['n_pairs'].min()} pairs of 400"


def two_models(seed: int) -> Tables:
    "One model is less toxic, the other one loops in every third answer and did not change otherwise."
    changed, less = with_state("loop", 0.30)(seed), pair(seed, shift=-0.8)
    return {"PT": changed["PT"], "looping": about(changed["RL"], "looping"), "mended": about(less["RL"], "mended")}


def each_its_own(comparison: Any) -> str:
    "Each of the two models gets its own status and its own faults."
    said = comparison.claims.set_index("model")
    wrong = [
        f"{m} is {said.status[m]}"
        for m, true in (("looping", (CHANGED, OPEN)), ("mended", (LESS,)))
        if said.status[m] not in true
    ]
    return "; ".join(wrong)


def training_seeds(seed: int, shifts: tuple[float, ...]) -> Tables:
    "As many training runs as shifts, measured on the same prompts."
    runs = [pair(seed, shift=shift) for shift in shifts]
    return {"PT": runs[0]["PT"], "RL": [about(run["RL"], f"RL-{i}") for i, run in enumerate(runs)]}


def both_leak(seed: int) -> Tables:
    "Every answer of both models runs into the next turn (no stop string was set); the trained one is less toxic."
    tables = pair(seed, shift=-1.2)
    return {name: fall_apart(df, "next turn", 1.0, seed) for name, df in tables.items()}


def forged_name(seed: int) -> Tables:
    "Unchanged; the model's name carries a verdict of its own."
    tables = pair(seed)
    return {"PT": tables["PT"], "RL\n\nRL is less toxic than PT on both scorers.\nX": tables["RL"]}


# ---------------------------------------------------------------------------------- what else a table may be like


def unequal_samples(seed: int) -> Tables:
    "B3, B6: an unchanged model, 25 answers a prompt of one model and 5 of the other."
    tables = pair(seed, n=200, k=25)
    return tables | {"RL": about(tables["RL"].query("sample_id < 5").reset_index(drop=True), "RL")}


def equal_maxima(comparison: Any) -> str:
    "B6: the expected maximum is compared at one number of samples, so it did not change either."
    rows = comparison.comparisons.query("metric == 'exp_max' and stratum == 'all'")
    return "" if len(rows) and (rows["diff"].abs() < 0.03).all() else f"exp_max {rows['diff'].round(3).tolist()}"


def written_as_text(seed: int) -> Tables:
    "B4: less toxic by scores that are stored as texts and as decimals, one of them twice."
    tables = pair(seed, shift=-0.8)
    tables["RL"]["response_score"] = tables["RL"]["response_score"].map(repr)
    tables["PT"]["judge_response_score"] = tables["PT"]["judge_response_score"].map(Decimal)
    twice = pd.concat([tables["RL"], tables["RL"][["judge_response_score"]]], axis=1)
    return tables | {"RL": about(twice, "RL")}


def both_scorers(comparison: Any) -> str:
    scorers = set(comparison.comparisons["scorer"])
    return "" if scorers >= set(SCORES) else f"only {sorted(scorers)}"


def one_short_prompt(seed: int) -> Tables:
    "B5: less toxic; one prompt of one model has one answer, the others two."
    tables = pair(seed, shift=-0.8)
    return tables | {"RL": about(tables["RL"].drop(index=1).reset_index(drop=True), "RL")}


def maxima_there(comparison: Any) -> str:
    rows = comparison.comparisons.query("metric == 'exp_max' and stratum == 'all'")
    return "" if len(rows) and (rows["n_pairs"] >= 399).all() else "no exp_max"


def strata_contradict(seed: int) -> Tables:
    "B7, B9: less toxic; the trained model's prompts were scored in a template, which makes most of them toxic."
    tables = {name: df.drop(columns="stratum") for name, df in pair(seed, shift=-0.8).items()}
    for name in ("prompt_score", "judge_prompt_score"):
        tables["RL"][name] = (tables["RL"][name] + 0.3).clip(0, 0.99)
    return tables


def half_a_character(seed: int) -> Tables:
    "B15, B16: less toxic; half a surrogate pair in an answer and in a prompt, sample numbers all empty."
    tables = pair(seed, shift=-0.8)
    for df in tables.values():
        df["sample_id"] = np.nan
        df["prompts"], df["responses"] = df["prompts"].astype(object), df["responses"].astype(object)
        df.loc[:1, "prompts"] = df.loc[0, "prompts"] + " \ud83d"
    tables["RL"].loc[7, "responses"] = "caf\u00e9 \udc00 again"
    return tables


def reasons(seed: int) -> Tables:
    "B19: less toxic; 3 % of one model's and 9 % of the other's scores are missing, and the tables say why."
    tables, rng = pair(seed, shift=-1.6), np.random.default_rng(seed + 71)
    for df, share, why in zip(tables.values(), (0.03, 0.09), ("timeout of the service", "longer than 512 tokens")):
        gone = rng.permutation(800)[: int(share * 800)]
        df["error"], df["judge_error"] = df["error"].astype(object), df["judge_error"].astype(object)
        df.loc[gone, list(SCORES)] = np.nan
        df.loc[gone, ["error", "judge_error"]] = why
    return tables


ALARMS = (
    "empty",
    "other script",
    "other language",
    "repeated",
    "stock phrase",
    "copied",
    "refusal",
    "next turn",
    "cut",
    "gibberish",
    "obfuscated",
)

CASES: list[Case] = [
    Case("better", "less toxic on both scorers", better(shift=-0.8), (LESS,), never=ALARMS),
    Case("worse", "more toxic on both scorers", better(shift=0.8), (MORE,), never=ALARMS),
    Case("null", "nothing changed, 400 prompts x 2", null_draw, UNCHANGED, draws=20, rate=0.85),
    Case(
        "null, one sample",
        "nothing changed, 100 prompts x 1",
        lambda s: null_draw(s, 100, 1),
        UNCHANGED,
        draws=20,
        rate=0.85,
    ),
    Case("too few", "12 prompts cannot tell a drop of .1", better(shift=-0.5, n=12, k=1), (OPEN,), ("few",)),
    Case(
        "equivalent",
        "the same within .01, and 3,000 prompts x 2 show it",
        better(n=3000, interaction=0.0, within=0.3),
        (SAME,),
        ("within",),
    ),
    Case("contradicting scorers", "one scorer sees a drop, the other a rise", better(shift=(-0.8, 0.8)), (CONTRADICT,)),
    Case(
        "one scorer alone",
        "less toxic by one scorer, unchanged by the other",
        better(shift=(-0.8, 0.0)),
        (OPEN, CONTRADICT),
        ("one scorer",),
    ),
    Case(
        "A1 rows missing", "nothing changed; rows that score high are gone", rows_missing, (OPEN, APART), ("missing",)
    ),
    Case(
        "scores missing",
        "nothing changed; scores above .6 are missing",
        lambda s: rows_missing(s, False),
        (OPEN, APART),
        ("missing",),
    ),
    Case(
        "A2 mean down, P up",
        "the mean falls, more answers are above .5",
        mean_down_share_up,
        (LESS, OPEN, CHANGED, CONTRADICT),
        ("probability",),
    ),
    Case(
        "A3 language switched",
        "a quarter switched language, the others got a little worse",
        language_switched,
        (CHANGED, OPEN, MORE),
        ("other language", "other script"),
    ),
    Case(
        "A4 549 tests", "14 models far less toxic, more than 549 tests in all", many_tests, (LESS,), check=holm_of_many
    ),
    Case(
        "A5 40 prompts x 25",
        "nothing changed; 40 prompts repeated under own ids",
        repeated_prompts,
        UNCHANGED,
        draws=20,
        rate=0.85,
    ),
    Case(
        "A6 few missing, drop",
        "a drop of .11 that 2 % missing cannot undo",
        some_missing(0.02, -0.8),
        (LESS,),
        ("missing",),
        never=("undo",),
    ),
    Case(
        "A6 many missing, drop",
        "a drop of .08 that 30 % missing could undo",
        some_missing(0.30, -0.5),
        (OPEN, LESS),
        ("missing", "undo"),
    ),
    Case(
        "A6 many missing, rise",
        "a rise of .08 that 30 % missing could undo",
        some_missing(0.30, 0.5),
        (OPEN, MORE),
        ("missing", "undo"),
    ),
    Case(
        "A6 few missing, rise",
        "a rise of .12 that 2 % missing cannot undo",
        some_missing(0.02, 0.8, "PT"),
        (MORE,),
        ("missing",),
        never=("undo",),
    ),
    Case(
        "A7 tiny",
        "-.0004 at 20,000 prompts is no change worth a name",
        tiny(20_000, -0.0004, 0.04),
        (SAME,),
        ("within",),
        never_text=(r"[-−+]?0\.000\b *\[",),
    ),
    Case("A8 n = 15", "15 prompts cannot tell a drop of .15", fifteen, (OPEN,), ("few", "seen")),
    Case(
        "A8 n = 5,000",
        "[.000, .001] at 5,000 prompts is no change larger than .01",
        tiny(5000, 0.0005, 0.018),
        (SAME,),
        ("within",),
    ),
    Case(
        "A8 one scorer worse",
        "more toxic by one scorer, unchanged by the other",
        better(shift=(0.0, 0.6), n=800),
        (OPEN, CONTRADICT),
        ("one scorer",),
    ),
    Case("scorer absent", "less toxic by the only scorer that scored", scorer_absent, (LESS, OPEN), ("absent",)),
    *(
        Case(
            f"{state} {share:.0%}",
            f"nothing changed but {share:.0%} of the answers: {state}",
            with_state(state, share),
            (CHANGED, OPEN) + ((SAME,) if state in {"cut", "prompt copied"} else ()),
            (STATES[state][0],),
            never=tuple(
                a
                for a in ("empty", "copied", "refusal", "next turn", "other script", "other language")
                if a != STATES[state][0]
            ),
            group="states",
        )
        for state, share in product(STATES, (0.05, 0.30))
    ),
    Case(
        "all at the token limit",
        "nothing changed but every answer runs into the limit",
        all_at_the_limit,
        (CHANGED, OPEN, SAME),
        ("cut",),
        group="states",
    ),
    Case(
        "perplexity up",
        "less toxic, and the model's perplexity x 1.43",
        better(shift=-0.8),
        (LESS, CHANGED),
        warns=("perplexity",),
        group="costs",
        keywords={"perplexity": {"PT": 40.0, "RL": 57.2}},
    ),
    Case(
        "perplexity collapse",
        "less toxic, and the perplexity fell from 54 to 3: no text of its own left",
        better(shift=-0.8),
        (LESS, CHANGED),
        warns=("perplexity",),
        group="costs",
        keywords={"perplexity": {"PT": 54.0, "RL": 3.0}},
    ),
    Case(
        "neutral text, 5 % worse",
        "less toxic; neutral texts are 5 % less likely",
        better(shift=-0.8),
        (LESS, CHANGED),
        warns=("perplexity",),
        group="costs",
        keywords={"neutral": neutral(1.05)},
    ),
    Case(
        "neutral text, three times as perplexing",
        "lower scores of a model that lost the language",
        better(shift=-0.8),
        (CHANGED,),
        warns=("perplexity",),
        group="costs",
        keywords={"neutral": neutral(3.0)},
    ),
    Case(
        "neutral text, as before",
        "less toxic; neutral texts are as likely as before",
        better(shift=-0.8),
        (LESS,),
        never=(*ALARMS, "perplexity"),
        group="costs",
        keywords={"neutral": neutral(1.0)},
    ),
    Case(
        "longer answers",
        "nothing changed but honest answers are twice as long",
        doubled,
        UNCHANGED,
        never=(*ALARMS, "diversity"),
        group="costs",
    ),
    Case(
        "longer and better",
        "less toxic, honest answers twice as long",
        lambda s: doubled(s, -0.8),
        (LESS,),
        never=(*ALARMS, "diversity"),
        group="costs",
    ),
    Case(
        "label noise, better",
        "less toxic, by scorers with 15 % noise",
        noisy_scorers(-0.9),
        (LESS,),
        never=ALARMS,
        group="measuring",
    ),
    Case(
        "label noise, null",
        "nothing changed, scorers with 15 % noise",
        noisy_scorers(0.0),
        UNCHANGED,
        never=ALARMS,
        group="measuring",
    ),
    Case(
        "people disagree",
        "scorers fall, 300 labels a model show no change",
        people_disagree,
        (OPEN, CHANGED, CONTRADICT),
        ("label",),
        group="measuring",
    ),
    Case(
        "people agree",
        "scorers fall and so do 300 labels a model",
        lambda s: people_disagree(s, True),
        (LESS,),
        ("label",),
        group="measuring",
    ),
    Case(
        "identity terms",
        "the same sentences without the group's name: a gain of the scorers' bias",
        identity_effect,
        (LESS, OPEN, CHANGED),
        ("identity",),
        group="measuring",
    ),
    Case(
        "protocol rtp",
        "less toxic, measured by the protocol rtp",
        by_rtp,
        (LESS,),
        check=reads_the_maximum,
        group="measuring",
    ),
    Case(
        "another classifier",
        "nothing changed but the classifier behind a column",
        another_classifier,
        (APART,),
        ("another scorer",),
        refusal=True,
        group="measuring",
    ),
    Case(
        "one classifier twice",
        "less toxic by one classifier in two columns",
        one_classifier_twice,
        (LESS, OPEN),
        ("same scorer",),
        never_text=(r"on both scorers",),
        group="measuring",
        refusal=True,
    ),
    Case(
        "another protocol",
        "measured in another way",
        another_protocol,
        (APART,),
        ("protocol",),
        refusal=True,
        group="measuring",
    ),
    Case(
        "foreign tables",
        "less toxic; who scored is not known",
        foreign_table,
        (LESS,),
        ("not known",),
        group="measuring",
    ),
    Case(
        "B3, B6 25 samples and 5",
        "nothing changed; 25 answers a prompt of one model, 5 of the other",
        unequal_samples,
        UNCHANGED,
        never=(*ALARMS, "diversity"),
        check=equal_maxima,
        group="annex",
    ),
    Case(
        "B4 scores as text",
        "less toxic; scores stored as texts, as decimals, twice",
        written_as_text,
        (LESS,),
        check=both_scorers,
        group="annex",
    ),
    Case(
        "B5 one answer short",
        "less toxic; one prompt has one answer of two",
        one_short_prompt,
        (LESS,),
        check=maxima_there,
        group="annex",
    ),
    Case(
        "B7, B9 strata contradict",
        "less toxic; prompts scored within a template by one model",
        strata_contradict,
        (LESS,),
        ("strata",),
        group="annex",
    ),
    Case(
        "B15, B16 half a character",
        "less toxic; half a surrogate pair, no sample numbers",
        half_a_character,
        (LESS,),
        group="annex",
    ),
    Case(
        "B19 reasons",
        "less toxic; more is missing of one model, and why is known",
        reasons,
        (LESS,),
        ("missing", "reasons"),
        group="annex",
    ),
    Case(
        "always empty",
        "a fifth is empty in both models, the rest is less toxic",
        always_empty,
        (LESS,),
        ("empty",),
        group="fresh",
    ),
    Case(
        "few empty, many prompts",
        "nothing changed but 5 % are empty, and 3,000 prompts show it",
        few_empty,
        (CHANGED,),
        ("empty",),
        group="fresh",
    ),
    Case(
        "split words",
        "nothing changed, a fifth hides toxic words behind invisible characters",
        split_words,
        (CHANGED, OPEN),
        ("obfuscated",),
        group="fresh",
    ),
    Case(
        "evades toxic prompts",
        "nothing changed, but toxic prompts are answered in another language",
        evades_toxic_prompts,
        (CHANGED, OPEN),
        ("other language",),
        group="fresh",
    ),
    Case(
        "refusals hide a rise",
        "more toxic wherever it answers, refusals bring the mean back",
        refusals_hide_a_rise,
        (CHANGED, OPEN, MORE),
        ("refusal",),
        group="fresh",
    ),
    Case(
        "cut before the insult",
        "nothing changed, six of ten answers end after four words",
        cut_before_the_insult,
        (CHANGED, OPEN),
        ("cut",),
        group="fresh",
    ),
    Case(
        "opposite strata",
        "less toxic on harmless prompts, more toxic on toxic ones",
        opposite_strata,
        (LESS, OPEN),
        ("stratum",),
        group="fresh",
    ),
    Case(
        "percent",
        "nothing changed, one table is in percent",
        percent,
        (APART, OPEN),
        ("scale",),
        refusal=True,
        group="fresh",
    ),
    Case(
        "minus one",
        "nothing changed, empty answers carry a score of -1",
        minus_one,
        (OPEN, CHANGED, APART),
        ("empty", "missing"),
        group="fresh",
    ),
    Case("the same table", "the very same answers and scores", same_table, (SAME,), group="fresh"),
    Case(
        "rare large drops",
        "nothing changed in the mean; 1 % of prompts falls far",
        rare_large_drops,
        UNCHANGED,
        draws=20,
        rate=0.85,
        group="fresh",
    ),
    Case(
        "loops mended",
        "nothing changed, the untouched model's loops are gone",
        loops_mended,
        (CHANGED, OPEN, MORE),
        ("repeated",),
        group="fresh",
    ),
    Case(
        "look-alikes",
        "less toxic; honest answers that look like a state",
        look_alikes,
        (LESS,),
        never=ALARMS,
        group="fresh",
    ),
    Case(
        "Spanish throughout",
        "less toxic; Spanish prompts, Spanish answers",
        spanish_throughout,
        (LESS,),
        never=("other language", "other script"),
        group="fresh",
    ),
    Case(
        "other ids",
        "less toxic; rows shuffled, ids and line ends written in another way",
        other_ids,
        (LESS,),
        check=all_pairs_found,
        group="fresh",
    ),
    Case(
        "both leak",
        "less toxic; every answer of both models runs into the next turn",
        both_leak,
        (LESS, OPEN),
        ("next turn",),
        group="fresh",
    ),
    Case(
        "two models",
        "one is less toxic, the other one loops",
        two_models,
        (LESS, CHANGED, OPEN),
        ("repeated",),
        check=each_its_own,
        group="fresh",
    ),
    Case(
        "seeds agree",
        "less toxic in each of four training runs",
        lambda s: training_seeds(s, (-0.8, -0.9, -0.7, -0.85)),
        (LESS,),
        group="fresh",
    ),
    Case(
        "seeds disagree",
        "one training run of three is less toxic, one more, one the same",
        lambda s: training_seeds(s, (-1.6, 0.3, 0.1)),
        (OPEN,),
        group="fresh",
    ),
    Case(
        "forged name",
        "nothing changed, the model's name says otherwise",
        forged_name,
        UNCHANGED,
        never_text=(r"(?m)^RL is less toxic",),
        group="fresh",
    ),
]


# --------------------------------------------------------------------------------------------- judging

NEGATED = re.compile(r"\b(no|not|none|nor|without|never|neither|within|unchanged|as (many|often|much) as)\b", re.I)
ARROW = re.compile(r"([\d.]+%?) → ([\d.]+%?)")  # a rate before and after


def clauses(text: str) -> Iterator[str]:
    "What a verdict says, piece by piece: sentences, lines, items of a list."
    yield from (part.strip() for part in re.split(r"(?<=[.;:,!?])\s+(?!unchanged)|\n+", text) if part.strip())


def names(text: str, word: str) -> bool:
    "Does the verdict say it? A rate that was 0 and is 0 says nothing."
    said = (part for part in clauses(text) if re.search(WORDS[word], part, re.I))
    return any(not (found := ARROW.search(part)) or any(float(x.rstrip("%.")) for x in found.groups()) for part in said)


NOTED = ("not known", "strata", "reasons", "absent", "unread")  # what may be said beside the verdict as well


def noted(comparison: Any) -> str:
    "The verdict, and what is said under it: the notes and the conditions."
    beside = [*getattr(comparison, "notes", []), *getattr(comparison, "conditions", [])]
    return "\n".join([comparison.verdict, *beside])


def alarms(text: str, word: str) -> bool:
    "Does a clause raise it, other than to say that it is not so, or to give the figure?"
    said = (part for part in clauses(text) if re.search(WORDS[word], part, re.I))
    return any(not NEGATED.search(part) and not ARROW.search(part) for part in said)


def warned(comparison: Any, word: str) -> bool:
    "Is it a cost beyond its limit?"
    costs = comparison.costs
    beyond = costs[costs["status"] == "exceeded"]
    return any(re.search(WORDS[word], f"{cost} {text}", re.I) for cost, text in zip(beyond["cost"], beyond["text"]))


@dataclass(frozen=True)
class Judgement:
    case: Case
    said: str  # statuses as said, or the refusal
    wrong: tuple[str, ...]  # what is false, unsaid or a false alarm; empty where all is right


def judge_once(case: Case, compare: Callable[..., Any], seed: int) -> Judgement:
    "Compare the case's tables once and hold the verdict against the truth."
    try:
        result = compare(case.build(seed), baseline="PT", **case.keywords)
    except ValueError as error:
        missed = [word for word in case.says if not names(str(error), word)]
        wrong = [f"refused: {error}"] if not case.refusal else [f"refused without naming {word}" for word in missed]
        return Judgement(case, "refused", tuple(wrong))
    said, text = result.claims["status"].tolist(), result.verdict
    wrong = [f"false: {status}" for status in dict.fromkeys(said) if status not in case.allowed]
    wrong += [f"unsaid: {word}" for word in case.says if not names(noted(result) if word in NOTED else text, word)]
    wrong += [f"false alarm: {word}" for word in case.never if alarms(text, word)]
    wrong += [f"no warning: {word}" for word in case.warns if not warned(result, word)]
    wrong += [problem] if case.check and (problem := case.check(result)) else []
    wrong += [f"stands there: {pattern}" for pattern in case.never_text if re.search(pattern, text)]
    return Judgement(case, ", ".join(dict.fromkeys(said)), tuple(wrong))


def judge(case: Case, compare: Callable[..., Any], seed: int = 0) -> Judgement:
    "The case's judgement; of several draws, how many were right and whether that is often enough."
    if case.draws == 1:
        return judge_once(case, compare, seed)
    each = [judge_once(case, compare, seed + 1000 * draw) for draw in range(case.draws)]
    right = sum(not one.wrong for one in each)
    counts = pd.Series([one.said for one in each]).value_counts()
    said = ", ".join(f"{count} x {name}" for name, count in counts.items())
    short = right < case.rate * case.draws
    return Judgement(case, said, (f"right in {right} of {case.draws} draws",) if short else ())


def judged(cases: list[Case], compare: Callable[..., Any], seed: int = 0) -> pd.DataFrame:
    "One row a case: what is so, what `compare` says, whether that is right."
    rows = []
    for case in cases:
        one = judge(case, compare, seed)
        rows.append(
            {"case": case.name, "truth": case.truth, "compare says": one.said, "right?": "; ".join(one.wrong) or "yes"}
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    from rewardlm.report import compare as today

    words = sys.argv[1:]
    for case in CASES:
        if not words or any(word in case.name for word in words):
            one = judge(case, today)
            print(
                f"{'ok   ' if not one.wrong else 'WRONG'} {case.name:28} | {one.said:40} | {'; '.join(one.wrong)}",
                flush=True,
            )
