"""README's figure from the demo's committed tables: what the scorers say of both models, and what it cost.

    cd result_analysis && python demo_figure.py

writes demo/gain_and_cost.png; nothing is measured anew."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from rewardlm.analysis import figure_file, plot_costs, plot_differences
from rewardlm.utils.general_utils import read_csv

FOLDER = Path(__file__).parent / "demo"
NAMES = {"PT": "untouched", "FT": "fine-tuned", "RL": "rewarded"}

comparisons = read_csv(FOLDER / "comparisons.csv").replace({"model_a": NAMES, "model_b": NAMES})
comparisons = comparisons[comparisons["model_a"] == "untouched"]
costs = pd.DataFrame(json.loads((FOLDER / "claims.json").read_text())["costs"])
words = {"fluency under base": "perplexity of its answers", "distinct-2 at equal lengths": "distinct-2"}
costs = costs.replace({"model": NAMES, "baseline": NAMES, "cost": words}).fillna({"limit_high": float("inf")})
figure, (above, below) = plt.subplots(2, 1, figsize=(7.6, 5.4), height_ratios=(1, 1.9), layout="constrained")
plot_differences(comparisons, ax=above, margin=0.01)
plot_costs(costs, ax=below)
(FOLDER / "gain_and_cost.png").write_bytes(figure_file(above, dpi=110))
