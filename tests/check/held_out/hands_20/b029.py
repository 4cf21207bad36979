# residua-test: right target=DRRN
# Why it is right: DRRN shares one residual unit on purpose over all recursions, and every recursion adds the features of the first layer.
import torch
import torch.nn as nn
import torch.nn.functional as F


class RecursiveBlock(nn.Module):
    """Recursive residual learning: one set of weights, applied `recursions` times."""

    def __init__(self, cin, ch, recursions):
        super().__init__()
        self.recursions = recursions
        self.first = nn.Conv2d(cin, ch, 3, padding=1, bias=False)
        self.conv_a = nn.Conv2d(ch, ch, 3, padding=1, bias=False)
        self.conv_b = nn.Conv2d(ch, ch, 3, padding=1, bias=False)

    def forward(self, x):
        h0 = self.first(F.relu(x))
        h = h0
        for _ in range(self.recursions):
            h = self.conv_b(F.relu(self.conv_a(F.relu(h))))
            h = h + h0
        return h


class DRRN(nn.Module):
    # input: bicubically enlarged luminance
    def __init__(self, ch=32, recursions=5):
        super().__init__()
        self.block = RecursiveBlock(1, ch, recursions)
        self.last = nn.Conv2d(ch, 1, 3, padding=1, bias=False)

    def forward(self, y):
        return y + self.last(F.relu(self.block(y)))
