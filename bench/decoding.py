"""Do two threads of one process read and augment as many pictures as two processes, which share no lock of Python's?

    OMP_NUM_THREADS=1 python bench/decoding.py ../shared/data/images [--rounds 9]

Each round reads the same JPEG files, 224 px, by threads and then by processes, by the clock; the processes keep what
they read, so that handing it over would come on top. A row is the threads' time by the processes': median, and all.
Prints a JSON line a policy.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from data_bench import lay_out

from residua.data import Preprocessing, open_dataset
from residua.data.augment.config import parse_augment
from residua.data.feed.loader import Batches
from residua.nn.device import processor_name

IMAGES, BATCH = 128, 32
POLICIES = ("resized_crop=0.08,flip=random", "resized_crop=0.08,flip=random,trivial")


def batches(folder: str, policy: str, workers: int, rank: int = 0, world: int = 1) -> Batches:
    """Return the pictures of `folder` as training reads them from their files."""
    source = open_dataset(folder).train
    shared = {"rank": rank, "world": world, "workers": workers}
    return Batches(
        source, np.arange(len(source)), BATCH, Preprocessing(224, 224), parse_augment(policy, "", 224), **shared
    )


def serve(asked: Connection, folder: str, rank: int) -> None:
    """Read every second picture for each epoch that is asked for, under its policy."""
    ready = {policy: batches(folder, policy, 0, rank, 2) for policy in POLICIES}
    while (request := asked.recv()) is not None:
        policy, epoch = request
        for _ in ready[policy].epoch(epoch):
            pass
        asked.send(True)


def main() -> None:
    """Compare, a policy after the other, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path, help="JPEG files")
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        folder, lines = str(lay_out(asked.images, IMAGES, Path(name))), []
        for rank in range(2):
            near, far = context.Pipe()
            context.Process(target=serve, args=(far, folder, rank), daemon=True).start()
            lines.append(near)
        for policy in POLICIES:
            threads, seconds = batches(folder, policy, 2), {"threads": [], "processes": []}
            for epoch in range(asked.rounds + 1):
                began = time.perf_counter()
                for _ in threads.epoch(epoch):
                    pass
                between = time.perf_counter()
                for line in lines:
                    line.send((policy, epoch))
                for line in lines:
                    line.recv()
                if epoch:  # the first round warms up
                    seconds["threads"].append(between - began)
                    seconds["processes"].append(time.perf_counter() - between)
            pairs = [one / two for one, two in zip(seconds["threads"], seconds["processes"], strict=True)]
            row = {"policy": policy, "threads_by_processes": round(statistics.median(pairs), 2)}
            row |= {"all": [round(each, 2) for each in sorted(pairs)], "images": IMAGES, "cpu": processor_name()}
            row |= {"seconds": {name: round(statistics.median(each), 2) for name, each in seconds.items()}}
            print(json.dumps(row | {"load": os.getloadavg()[0], "date": time.strftime("%Y-%m-%d")}), flush=True)
        for line in lines:
            line.send(None)


if __name__ == "__main__":
    main()
