#!/usr/bin/env python3
"""How long training waits for a checkpoint.

Trains an epoch and writes a checkpoint every 20 steps. The log has the time of every iteration; the time of a checkpoint is that
of the iteration after it, less that of the others.

Usage: bench/checkpoints.py DATASET [OPTION OF TRAIN ...]
   such as: bench/checkpoints.py flickr8k --recipe flickr8k-lstm
"""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

EVERY = 20
DEFAULT_MINUTES = 5
COMMAND = pathlib.Path(__file__).resolve().parent.parent / "src/ShowTell.Cli"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "m-log"
        subprocess.run(
            ["dotnet", "run", "-c", "Release", "--project", COMMAND, "--", "train", *sys.argv[1:], "--epochs", "1",
             "--out", f"{folder}/m.safetensors", "--checkpoint-every", f"{EVERY}steps"],
            check=True, stdout=subprocess.DEVNULL)
        lines = [json.loads(line) for line in open(log / "metrics.jsonl")]
        size = max(path.stat().st_size for path in log.glob("checkpoint-*"))
    steps = [(line["iteration"], line["seconds"] - before["seconds"]) for before, line in zip(lines, lines[1:])]
    usual = statistics.median(time for iteration, time in steps if iteration % EVERY != 1)
    waits = sorted(time - usual for iteration, time in steps if iteration % EVERY == 1)
    wait = statistics.median(waits)
    print(f"{len(waits)} checkpoints of {size / 1e6:.1f} MB; a step takes {1000 * usual:.0f} ms")
    print(f"a checkpoint takes {1000 * wait:.0f} ms (at most {1000 * waits[-1]:.0f}): "
          f"{100 * wait / 60 / DEFAULT_MINUTES:.3f}% of the time by default, every {DEFAULT_MINUTES} minutes")


if __name__ == "__main__":
    main()
