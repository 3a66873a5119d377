"""Resident memory and throughput of a measurement of 100,000 prompts x 25 samples, through an engine that returns canned text.

Nothing here is a model: what is measured is what the meter itself keeps. It streams to a folder (`out=`) and returns no table (`return_df=False`).
A thread notes the process's resident memory (current, not peak) and the responses asked for so far.

    python result_analysis/benchmarks/measure_memory.py --prompts 100000
"""

import argparse
import csv
import gc
import hashlib
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve()
WORDS = (
    "the",
    "old",
    "river",
    "took",
    "every",
    "second",
    "letter",
    "from",
    "their",
    "table",
    "and",
    "nobody",
    "saw",
    "it",
    "leave",
    "again",
)


class Canned:
    "An engine: 16 words and two numbers from a hash of prompt and seed, so that nearly every response is another text."

    def __init__(self):
        self.rows, self.name = 0, "canned"  # responses given

    def __call__(self, prompts, generation_config, num_samples, seeds):
        answers = [
            [self.text(prompt, seed) for seed in row[:num_samples]] for prompt, row in zip(prompts, seeds, strict=True)
        ]
        self.rows += sum(map(len, answers))
        return answers

    def text(self, prompt, seed):
        digest = hashlib.blake2b(f"{seed} {prompt}".encode(), digest_size=16).digest()
        return (
            f"{' '.join(WORDS[byte & 15] for byte in digest)} {digest[0] * 256 + digest[1]} {digest[2] * 256 + digest[3]}",
            20,
            "length",
        )


def cheap_scorer(texts):
    "A number in 0-1 for each text."
    return [len(text) % 97 / 97 for text in texts]


def resident_mb():
    "Current resident memory of this process in MB."
    import psutil

    return psutil.Process().memory_info().rss / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=int, default=100_000)
    parser.add_argument("--samples", type=int, default=25)
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two looks at the memory")
    parser.add_argument("--out", default=str(HERE.with_suffix(".csv")))
    a = parser.parse_args()
    from transformers import GenerationConfig

    from rewardlm.ToxicityMeter import ToxicityMeter

    engine = Canned()
    meter = ToxicityMeter(engine=engine, reward_manager=cheap_scorer)
    config = GenerationConfig(max_new_tokens=20, do_sample=True, top_k=0, top_p=0.9)
    prompts = [f"Prompt {i} of a long list, which goes on like the {i % 977} before it and" for i in range(a.prompts)]
    gc.collect()
    start, begin, looks, done = resident_mb(), time.perf_counter(), [], threading.Event()

    def look():
        looks.append((time.perf_counter() - begin, engine.rows, resident_mb() - start))

    def watch():
        while not done.wait(a.every):
            look()

    watcher = threading.Thread(target=watch, daemon=True)
    with tempfile.TemporaryDirectory() as folder:
        watcher.start()
        meter.measure_toxicity(
            prompts, generation_config=config, num_samples=a.samples, progress=False, out=folder, return_df=False
        )
        done.set()
        watcher.join()
        look()
        files = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file()) / 2**20
    with open(a.out, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["seconds", "rows", "mb_above_start", "rows_per_second"])
        for (t0, r0, _), (t1, r1, mb) in zip([(0.0, 0, 0.0), *looks], looks, strict=False):
            writer.writerow([round(t1, 2), r1, round(mb, 1), round((r1 - r0) / max(t1 - t0, 1e-9))])
    most = max(mb for *_, mb in looks)
    print(
        f"{engine.rows:,} rows in {looks[-1][0]:.0f} s; most memory above the start {most:.0f} MB; start {start:.0f} MB; files {files:.0f} MB"
    )


if __name__ == "__main__":
    main()
