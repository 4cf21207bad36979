"""How far do a checkpoint's embeddings and logistic regression come on a folder with train/CLASS and test/CLASS?

python bench/embeddings.py CHECKPOINT FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import residua

MEAN, STD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)


def features(network: residua.nn.ResNet, folder: Path) -> tuple[np.ndarray, list[str]]:
    """Return the pooled features of each image at 64 pixels, and its class."""
    files = sorted(folder.glob("*/*.jpg"))
    pixels = [np.asarray(Image.open(file).convert("RGB").resize((64, 64)), np.float32) / 255 for file in files]
    images = torch.from_numpy((np.stack(pixels) - MEAN) / STD).permute(0, 3, 1, 2)
    with torch.no_grad():
        found = torch.cat([network.embed(part) for part in images.split(64)])
    return found.numpy(), [file.parent.name for file in files]


if __name__ == "__main__":
    network, folder = residua.load(sys.argv[1]), Path(sys.argv[2])
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(*features(network, folder / "train"))
    images, labels = features(network, folder / "test")
    print(f"top-1 {model.score(images, labels):.2%} of {len(labels)}")
