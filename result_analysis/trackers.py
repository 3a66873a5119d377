"""Real trainings told to the real trackers: each is killed by SIGKILL and goes on, and the tracker is asked what it knows.

    pip install rewardlm[trackers] wandb mlflow
    python result_analysis/trackers.py            # writes result_analysis/trackers.csv

W&B runs offline, MLflow in a SQLite file, trackio and TensorBoard in a folder; nothing is sent anywhere."""

from __future__ import annotations

import csv
import json
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

TRACKERS = ("trackio", "wandb", "tensorboard", "mlflow")
METHODS = ("PPO", "GRPO", "fine-tuning")
SECRET = "hf_rewardlmTestTokenOfNobody"


def train(method: str, folder: str, killed_at: int | None, resume: bool) -> None:
    "Eight steps with checkpoints on the way; at `killed_at` the process kills itself behind what was told."
    import signal
    import warnings

    warnings.simplefilter("ignore")
    from rewardlm.utils.trackers import Trackers

    usual = Trackers.log

    def log(self: Trackers, row: dict, step: int) -> None:
        usual(self, row, step)
        if step == killed_at:
            import time

            time.sleep(17)  # trackio writes twice a second, W&B offline every 15 seconds
            os.kill(os.getpid(), signal.SIGKILL)

    Trackers.log = log
    how = {"output_dir": folder, "progress": False, "resume_from_checkpoint": resume}
    if method == "fine-tuning":
        from rewardlm.core.GenerativeModel import GenerativeModel
        from rewardlm.data.data_utils import harmless_continuations

        few = {
            "bs": 4,
            "max_steps": 8,
            "save_steps": 2,
            "eval_steps": 2,
            "val_set_per": 0.25,
            "log_method": list(TRACKERS),
        }
        model = GenerativeModel("rewardlm/tiny-neox", accelerator_kwargs={"cpu": True})
        model.fine_tune(dataset=harmless_continuations(0.2).select(range(32)), **few, **how)
        return
    from transformers import GenerationConfig

    from rewardlm.core.RL.RLModel import RLModel

    short = GenerationConfig(max_new_tokens=4)
    on_cpu = {"cpu": True}
    model = RLModel(
        "rewardlm/tiny-neox",
        "rewardlm/tiny-toxicity",
        bs=4,
        mini_bs=4,
        log_method=list(TRACKERS),
        generation_config=short,
        accelerator_kwargs=on_cpu,
        ppo_config={"ppo_epochs": 1},
    )
    data = model.generate_dataset(["The people over there", "My neighbour said that", "You are", "This is"] * 2)
    if method == "PPO":
        model.train_PPO(data, updates=8, save_steps=3, sample_steps=2, **how)
    else:
        model.train_GRPO(data, updates=8, num_generations=4, save_steps=3, **how)


def wandb_records(data: bytes) -> Iterator[bytes]:
    "The records in W&B's offline file, which has the form of LevelDB's log, up to where a kill cut it short."
    place, parts = 7, b""  # behind the file's own header
    while place + 7 <= len(data):
        if (room := 32768 - place % 32768) < 7:  # of a block, in which no header begins any more
            place += room
            continue
        _, length, kind = struct.unpack_from("<IHB", data, place)
        if not kind or place + 7 + length > len(data):
            return
        parts, place = parts + data[place + 7 : place + 7 + length], place + 7 + length
        if kind in (1, 4):  # whole, or the last part
            yield parts
            parts = b""


def points_of(tracker: str, home: Path, name: str) -> tuple[dict[str, list[int]], list[int], dict]:
    "Steps of each number, steps of the tables, and the config: what a tracker says of a run."
    noted = json.loads((home / name / "trackers.json").read_text())
    if tracker == "tensorboard":
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        board = EventAccumulator(str(home / name / "tensorboard"))
        board.Reload()
        tags = board.Tags()
        shown = {event.step for tag in tags["tensors"] if tag.startswith("samples") for event in board.Tensors(tag)}
        (config,) = (home / name / "tensorboard").rglob("hparams.yml")
        import yaml

        return (
            {tag: [event.step for event in board.Scalars(tag)] for tag in tags["scalars"]},
            sorted(shown),
            yaml.safe_load(config.read_text()),
        )
    if tracker == "trackio":
        from trackio.sqlite_storage import SQLiteStorage

        run = f"{name}-{noted['id']}"
        points: dict[str, list[int]] = {}
        for row in SQLiteStorage.get_logs("rewardlm", run):
            for key in row.keys() - {"step", "timestamp"}:
                points.setdefault(key, []).append(row["step"])
        shown = points.pop("samples", [])
        return points, shown, SQLiteStorage.get_run_config("rewardlm", run)
    if tracker == "mlflow":
        import mlflow

        client = mlflow.MlflowClient()
        run = client.get_run(noted["mlflow"])
        points = {key: [p.step for p in client.get_metric_history(run.info.run_id, key)] for key in run.data.metrics}
        table = [artefact.path for artefact in client.list_artifacts(run.info.run_id)]
        rows = {"columns": ["step"], "data": []}
        if "samples.json" in table:
            rows = mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/samples.json")
        at = rows["columns"].index("step")
        return points, sorted({row[at] for row in rows["data"]}), run.data.params
    from wandb.proto import wandb_internal_pb2

    points, shown, config = {}, [], {}
    for file in sorted(home.glob(f"wandb/offline-run-*-{noted['id']}/*.wandb"), key=lambda path: path.stat().st_mtime):
        for data in wandb_records(file.read_bytes()):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(data)
            config |= {item.key or item.nested_key[0]: item.value_json for item in record.config.update}
            items = {item.key or item.nested_key[0]: item.value_json for item in record.history.item}
            for key in items.keys() - {"_step", "_runtime", "_timestamp"}:
                (shown if key.startswith("samples") else points.setdefault(key, [])).append(json.loads(items["_step"]))
    return points, sorted(set(shown)), config


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        os.environ |= {
            "WANDB_MODE": "offline",
            "WANDB_SILENT": "true",
            "TRACKIO_DIR": str(home / "trackio"),
            "MLFLOW_TRACKING_URI": f"sqlite:///{home}/mlflow.db",
            "HF_TOKEN": SECRET,
            "WANDB_API_KEY": "0" * 40,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]),
        }
        for method in METHODS:
            for killed_at, resume in ((5, ""), (None, "resume")):
                command = [sys.executable, str(Path(__file__).resolve()), method, method, str(killed_at), resume]
                done = subprocess.run(command, cwd=home, capture_output=True, text=True)
                expected = -9 if killed_at else 0
                assert done.returncode == expected, (method, done.returncode, done.stderr[-3000:], done.stdout[-2000:])
        os.chdir(home)
        for method in METHODS:
            with open(home / method / "history.csv", newline="") as file:
                history = list(csv.DictReader(file))
            for tracker in TRACKERS:
                points, shown, config = points_of(tracker, home, method)
                steps = points["loss/policy" if method != "fine-tuning" else "loss/train"]
                rows.append(
                    {
                        "method": method,
                        "tracker": tracker,
                        "version": version(tracker),
                        "rows": len(history),
                        "steps": len(set(steps)),
                        "told twice": len(steps)
                        - len(set(steps)),  # W&B offline does not know what an earlier process told
                        "numbers": len(points),
                        "groups": " ".join(sorted({name.split("/")[0] for name in points})),
                        "tables": len(shown),
                        "config": len(config),
                    }
                )
        secret = [
            str(p.relative_to(home)) for p in home.rglob("*") if p.is_file() and SECRET.encode() in p.read_bytes()
        ]
    assert not secret, secret
    out = Path(__file__).with_suffix(".csv")
    with open(out, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(out.read_text())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        method, folder, killed_at, resume = sys.argv[1:]
        train(method, folder, None if killed_at == "None" else int(killed_at), bool(resume))
    else:
        main()
