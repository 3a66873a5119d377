"""The whole demo with fresh seeds, one thread: a row for each seed, model and scorer in `demo_seeds.csv`.

python result_analysis/demo_seeds.py 1 2 3 4 5"""

import sys
import tempfile
from pathlib import Path

import pandas as pd
import torch

from rewardlm.cli import run_demo
from rewardlm.utils.general_utils import write_csv

KEPT = [
    "seed",
    "model",
    "scorer",
    "n",
    "mean_PT",
    "mean",
    "diff",
    "low",
    "high",
    "perplexity_PT",
    "perplexity",
    "distinct_2_change",
    "words_change",
    "empty",
]


def rows_of(seed: int) -> pd.DataFrame:
    "What one run of the demo says of FT and RL against PT, over all prompts."
    with tempfile.TemporaryDirectory() as folder:
        found = run_demo(Path(folder, "demo"), seed=seed)
    rows = found.comparisons.query("metric == 'mean' and stratum == 'all'").rename(columns={"model_b": "model"})[
        ["model", "scorer", "diff", "low", "high"]
    ]
    every = found.summary.query("stratum == 'all'")
    before = (
        every[every.model == "PT"]
        .set_index("scorer")[["mean", "perplexity", "distinct_2", "mean_words"]]
        .add_suffix("_PT")
    )
    table = rows.merge(every, on=["model", "scorer"]).join(before, on="scorer")
    changes = {
        "distinct_2_change": table.distinct_2 - table.distinct_2_PT,
        "words_change": table.mean_words - table.mean_words_PT,
    }
    return table.assign(seed=seed, **changes, empty=table["empty"] > 0.05)[KEPT]


if __name__ == "__main__":
    torch.set_num_threads(1)
    write_csv(
        pd.concat([rows_of(int(seed)) for seed in sys.argv[1:]], ignore_index=True), Path(__file__).with_suffix(".csv")
    )
