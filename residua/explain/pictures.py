"""How is a map drawn: over its image, or a stage's maps beside each other?"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping

import numpy as np
import torch
from PIL import Image, ImageDraw

from residua import extras
from residua.explain.honesty import enlarged
from residua.explain.methods import Heat, Method
from residua.explain.patches import Patches, filled
from residua.preprocessing import Pixels
from residua.ship.images import as_tensor
from residua.ship.runners import TorchRunner

SIDE = 224  # at least, in pixels, of a picture on the page
FRAME = "#d6336c"
COLOURS, SIGNED_COLOURS = "inferno", "RdBu_r"
STRONGEST = 0.99  # quantile of a map that gets the last colour: single pixels of a fine map stand far above all others
MOST_MAPS = 16  # of a stage: those that answer most


def plain(pixels: Pixels) -> bytes:
    """Return an image (size, size, channels) as the network sees it, as PNG."""
    return _png(_rgb(pixels))


def framed(pixels: Pixels, patches: Patches) -> bytes:
    """Return an image (size, size, channels) with patches of its mean colour, each in a frame, as PNG."""
    times = _times(pixels)
    image = _rgb(filled(pixels, patches.places, patches.side)).repeat(times, 0).repeat(times, 1)
    drawn = Image.fromarray(image)
    reach = patches.side * times
    for row, column in patches.places:
        corners = (column * reach, row * reach, (column + 1) * reach - 1, (row + 1) * reach - 1)
        ImageDraw.Draw(drawn).rectangle(corners, outline=FRAME, width=3)
    return _png(np.asarray(drawn))


def overlaid(heat: Heat, pixels: Pixels, method: Method) -> bytes:
    """Return a map over its image in grey, as PNG. A map of one sign begins at zero; the other's zero is white."""
    large = enlarged(heat, pixels.shape[0])
    top = float(np.quantile(np.abs(large), STRONGEST)) or float(np.abs(large).max()) or 1.0
    share = large / top
    shown = (share + 1) / 2 if method.signed else share
    colours = extras.require("matplotlib").colormaps[SIGNED_COLOURS if method.signed else COLOURS]
    over = colours(np.clip(np.nan_to_num(shown), 0, 1))[..., :3] * 255
    grey = _rgb(pixels).mean(2, keepdims=True)
    return _png(np.rint(0.4 * grey + 0.6 * over).astype(np.uint8))


def sheets(runner: TorchRunner, pixels: Pixels) -> Mapping[str, bytes]:
    """Return for each stage a PNG of its strongest maps for an image (1, size, size, channels), each from 0 to its top.

    The strongest is that with the largest mean of absolute values.
    """
    images = runner.placement.move(as_tensor(pixels, runner.preprocessing))
    with torch.inference_mode():
        stages = {name: maps[0].float().cpu().numpy() for name, maps in runner.model.stages(images).items()}
    del stages["logits"]
    colours = extras.require("matplotlib").colormaps["viridis"]
    found = {}
    for name, maps in stages.items():
        strongest = np.argsort(-np.abs(maps).mean((1, 2)), kind="stable")[:MOST_MAPS]
        columns = math.ceil(math.sqrt(len(strongest)))
        height, width = maps.shape[1:]
        sheet = np.full((math.ceil(len(strongest) / columns) * (height + 1), columns * (width + 1), 3), 255, np.uint8)
        for place, channel in enumerate(strongest):
            row, column = divmod(place, columns)
            top, left = row * (height + 1), column * (width + 1)
            low, high = maps[channel].min(), maps[channel].max()
            drawn = colours((maps[channel] - low) / ((high - low) or 1))[..., :3] * 255
            sheet[top : top + height, left : left + width] = np.rint(drawn)
        found[name] = _png(sheet)
    return found


def _rgb(pixels: Pixels) -> Pixels:
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


def _times(image: Pixels) -> int:
    return max(1, -(-SIDE // max(len(image), len(image[0]))))


def _png(image: Pixels) -> bytes:
    """Return (height, width, 3) pixels as PNG, enlarged without smoothing to SIDE or more."""
    times, out = _times(image), io.BytesIO()
    Image.fromarray(image.repeat(times, 0).repeat(times, 1)).save(out, "png", optimize=True)
    return out.getvalue()
