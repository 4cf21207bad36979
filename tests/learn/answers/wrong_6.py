"""Wrong answers to lesson 6: no warm-up, no smoothing, the interval of the normal approximation."""

import math

from torch.nn import functional as F


def lr_at(step, steps, lr, warmup):
    return lr * (1 + math.cos(math.pi * step / steps)) / 2


def smoothed_loss(logits, labels, smoothing):
    return F.cross_entropy(logits, labels)


def interval(correct, total):
    share = correct / total
    half = 1.96 * math.sqrt(share * (1 - share) / total)
    return share - half, share + half
