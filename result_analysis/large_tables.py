"""What tables of a study's size and of a hundred million rows cost: seconds of processor, of the clock, peak memory.

python result_analysis/large_tables.py compare        two tables of 100,000 prompts x 10 samples, two scorers, `compare` with its page
python result_analysis/large_tables.py rows           two Parquet files of 4,000,000 prompts x 25 samples, DuckDB alone and `compare_files`

Each way runs in a process of its own; its row in `large_tables.csv` is replaced. `--prompts` and `--folder` for less.
The committed rows are of two cores of an Intel Xeon with a dozen other jobs (load 12-13), which makes the clock slow and
adds about a tenth to the seconds of processor."""

import argparse
import json
import resource
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from rewardlm.utils.general_utils import write_csv

MODELS, SCORERS = ("PT", "RL"), ("response_score", "judge_response_score")
RESULTS = Path(__file__).with_suffix(".csv")


def texts(number: int, rng: np.random.Generator) -> list[str]:
    "Answers as web text: the beginning of one continuation of RealToxicityPrompts, the end of another."
    from rewardlm.data.data_utils import embedded_prompts

    parts = [text.split() for text in embedded_prompts()["continuation"]]
    first, second = rng.integers(len(parts), size=(2, number))
    cuts = rng.integers(3, 12, size=(2, number))
    return [" ".join(parts[a][:c] + parts[b][-d:]) for a, b, c, d in zip(first, second, *cuts, strict=True)]


def write_study(folder: Path, prompts: int, samples: int = 10) -> None:
    "A table for each model, its scores a little lower for RL, one in a hundred missing."
    rng = np.random.default_rng(0)
    asked, level = texts(prompts, rng), rng.beta(0.5, 1.5, prompts)
    for model, shift in zip(MODELS, (0, 0.02), strict=True):
        rows = prompts * samples
        prompt = np.repeat(np.arange(prompts), samples)
        table = pd.DataFrame({"prompt_id": prompt, "sample_id": np.tile(np.arange(samples), prompts)})
        table["prompts"] = [f"{asked[p]} {p}" for p in prompt]
        table["responses"] = texts(rows, rng)
        table["n_tokens"], table["finish_reason"] = 30, np.where(rng.random(rows) < 0.5, "eos", "length")
        table["prompt_score"] = level[prompt]
        for scorer in SCORERS:
            scores = np.clip(level[prompt] - shift + rng.normal(0, 0.2, rows), 0, 1)
            table[scorer] = np.where(rng.random(rows) < 0.01, np.nan, scores)
        table.to_parquet(folder / f"{model}.parquet", index=False)


def write_rows(folder: Path, prompts: int, samples: int = 25) -> None:
    "The same of any size, by DuckDB."
    import duckdb

    score = "CASE WHEN {0} < 0.01 THEN {2} ELSE greatest(0, least(1, level * level + ({0} - 0.5) / 3 - {1})) END"
    for number, shift in enumerate((0, 0.02)):
        draw = "(hash(i * {} + {}) % 1000003) / 1000003.0".format
        query = f"""
            SELECT i // {samples} AS prompt_id, i % {samples} AS sample_id, 'the prompt with the number ' || prompt_id AS prompts,
                'an answer ' || hash(i) % 1000 AS responses, {score.format("one", shift, "NULL")} AS response_score,
                {score.format("other", shift, "'nan'::DOUBLE")} AS judge_response_score
            FROM (SELECT i, hash(i // {samples}) % 1000003 / 1000003.0 AS level, {draw(2, number)} AS one,
                {draw(3, number + 7)} AS other FROM range({prompts * samples}) t(i))"""
        with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(folder)}) as engine:
            engine.execute(f"COPY ({query}) TO '{folder}/{MODELS[number]}.parquet' (FORMAT parquet)")


def run_compare(a: str, b: str) -> dict:
    "`compare` with its page."
    from rewardlm.report import compare

    with TemporaryDirectory() as out:
        found = compare(dict(zip(MODELS, (a, b), strict=True)), out=out)
    row = found.comparisons.query("metric == 'mean' and stratum == 'all' and scorer == 'response_score'").iloc[0]
    return {"diff": row["diff"], "low": row["low"], "high": row["high"]}


def run_bare(a: str, b: str) -> dict:
    "The same means, shares, maxima and paired differences by DuckDB alone, nothing checked."
    import duckdb

    each = ", ".join(
        f"avg({s}) AS m{i}, avg(({s} > 0.5)::INT) AS p{i}, max({s}) AS x{i}" for i, s in enumerate(SCORERS)
    )
    sides = [f"(SELECT prompt_id, {each} FROM '{file}' GROUP BY prompt_id)" for file in (a, b)]
    found = ", ".join(f"avg(b.{c} - a.{c}), stddev(b.{c} - a.{c})" for c in ("m0", "p0", "x0", "m1", "p1", "x1"))
    with duckdb.connect(config={"memory_limit": "2GB"}) as engine:
        row = engine.execute(
            f"SELECT count(*), {found} FROM {sides[0]} a JOIN {sides[1]} b USING (prompt_id)"
        ).fetchone()
    half = 1.96 * row[2] / row[0] ** 0.5
    return {"diff": row[1], "low": row[1] - half, "high": row[1] + half}


def run_ours(a: str, b: str) -> pd.Series:
    "Means, shares, expected maxima, paired intervals and tests of both scorers, everything checked."
    from rewardlm.metrics import compare_files

    found = compare_files(a, b)
    return found.loc[(found["scorer"] == SCORERS[0]) & (found["metric"] == "mean"), ["diff", "low", "high"]].iloc[0]


RUNS = {"compare": ("compare",), "rows": ("bare", "ours")}


def measure(way: str, folder: Path) -> None:
    "One way, in this process; a line of JSON."
    import_module("rewardlm.report" if way == "compare" else "rewardlm.metrics")  # imports are no cost of a table

    wall, cpu = time.perf_counter(), time.process_time()
    found = globals()[f"run_{way}"](*(str(folder / f"{model}.parquet") for model in MODELS))
    spent = {"wall_s": round(time.perf_counter() - wall, 1), "cpu_s": round(time.process_time() - cpu, 1)}
    spent["peak_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    print(json.dumps(spent | {name: round(found[name], 6) for name in ("diff", "low", "high")}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", choices=["compare", "rows", "measure"])
    parser.add_argument("way", nargs="?", help="of `measure`")
    parser.add_argument("--prompts", type=int)
    parser.add_argument("--folder", type=Path, help="keeps the tables, and takes those that are there")
    given = parser.parse_args()
    if given.case == "measure":
        measure(given.way, given.folder)
        sys.exit()
    samples, prompts = (10, given.prompts or 100_000) if given.case == "compare" else (25, given.prompts or 4_000_000)
    with TemporaryDirectory() as own:
        folder = given.folder or Path(own)
        if not all((folder / f"{model}.parquet").exists() for model in MODELS):
            (write_study if given.case == "compare" else write_rows)(folder, prompts, samples)
        rows = []
        for way in RUNS[given.case]:
            command = [sys.executable, __file__, "measure", way, "--folder", str(folder)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            rows.append({"way": way, "rows": prompts * samples, "prompts": prompts} | json.loads(said.splitlines()[-1]))
            print(rows[-1], flush=True)
    before = pd.read_csv(RESULTS) if RESULTS.exists() else pd.DataFrame(columns=["way", "rows"])
    kept = before[~before[["way", "rows"]].apply(tuple, axis=1).isin([(r["way"], r["rows"]) for r in rows])]
    write_csv(pd.concat([kept, pd.DataFrame(rows)], ignore_index=True), RESULTS)
