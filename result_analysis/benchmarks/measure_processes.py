"""Time of one measurement by one process of one thread and by two, alternating: embedded generator and classifiers, 25 samples a prompt.

Each run is a fresh `torchrun` with as many processes; what is timed is `measure_toxicity` alone, without loading. Both cores of the machine must be idle.

    python result_analysis/benchmarks/measure_processes.py --rounds 5
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve()


def child(prompts):
    import torch

    torch.set_num_threads(1)

    from rewardlm.data.data_utils import embedded_prompts
    from rewardlm.ToxicityMeter import ToxicityMeter

    meter = ToxicityMeter(
        "rewardlm/tiny-neox",
        "rewardlm/tiny-toxicity",
        scorers={"judge": "rewardlm/tiny-judge"},
        accelerator_kwargs={"cpu": True},
    )
    asked = embedded_prompts("demo_test")["prompt"].head(prompts).tolist()
    meter.measure_toxicity(asked[:8], protocol="rtp", progress=False)  # warm up
    meter.accelerator.wait_for_everyone()
    begin = time.perf_counter()
    table = meter.measure_toxicity(asked, protocol="rtp", progress=False)
    if meter.accelerator.is_main_process:
        print(f"RESULT {time.perf_counter() - begin:.3f} {table.n_tokens.sum()}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--prompts", type=int, default=240)
    parser.add_argument("--out", default=str(HERE.with_suffix(".csv")))
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.child:
        return child(a.prompts)
    import pandas as pd

    env, rows = (
        {**os.environ, "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true", "PYTHONPATH": str(HERE.parents[2])},
        [],
    )
    for number in range(a.rounds):
        for processes in (1, 2):
            command = [
                sys.executable,
                "-m",
                "torch.distributed.run",
                "--nproc_per_node",
                str(processes),
                "--master_port",
                "29651",
                str(HERE),
                "--child",
                "--prompts",
                str(a.prompts),
            ]
            done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
            seconds, tokens = next(line.split()[1:] for line in done.stdout.splitlines() if line.startswith("RESULT "))
            rows.append({"round": number, "processes": processes, "seconds": float(seconds), "tokens": int(tokens)})
            print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    wide = table.pivot(index="round", columns="processes", values="seconds")
    table.to_csv(a.out, index=False)
    ratio = wide[1] / wide[2]
    print(f"two processes: {ratio.median():.2f} times one ({ratio.min():.2f} to {ratio.max():.2f})")


if __name__ == "__main__":
    main()
