# residua-test: wrong target=StochasticDepthNet
# What is wrong: The guard "self.training and ..." makes the eval branch (multiply by the keep probability) unreachable; training drops without rescaling, so eval uses branches at a different scale than their training mean.
import torch
import torch.nn as nn


def sample_drop(x, drop_rate, is_training):
    """Drop whole samples while training (no rescaling), multiply by the
    survival probability at test time, as in Huang et al. 2016."""
    keep = 1.0 - drop_rate
    if not is_training:
        return x * keep
    mask = torch.bernoulli(torch.full((x.shape[0], 1, 1, 1), keep, device=x.device, dtype=x.dtype))
    return x * mask


class Block(nn.Module):
    def __init__(self, cin, cout, stride, drop_rate):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(cin, cout, 3, stride, 1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False),
            nn.BatchNorm2d(cout),
        )
        self.shortcut = nn.Identity()
        if stride != 1 or cin != cout:
            self.shortcut = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))
        self.drop_rate = drop_rate

    def forward(self, x):
        out = self.f(x)
        if self.training and self.drop_rate:  # expect: R170
            out = sample_drop(out, self.drop_rate, self.training)
        return torch.relu(out + self.shortcut(x))


class StochasticDepthNet(nn.Module):
    def __init__(self, widths=(16, 32, 64), n=2, max_drop=0.5, num_classes=10):
        super().__init__()
        total = n * len(widths)
        self.stem = nn.Sequential(nn.Conv2d(3, widths[0], 3, padding=1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU())
        blocks, cin, i = [], widths[0], 0
        for s, w in enumerate(widths):
            for b in range(n):
                i += 1
                stride = 2 if (b == 0 and s > 0) else 1
                blocks.append(Block(cin, w, stride, max_drop * i / total))
                cin = w
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(cin, num_classes)

    def forward(self, x):
        x = self.blocks(self.stem(x))
        return self.head(x.mean((2, 3)))
