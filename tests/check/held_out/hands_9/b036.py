# residua-test: right target=DeepEquilibriumLite
import torch
import torch.nn as nn
import torch.nn.functional as F


class DeepEquilibriumLite(nn.Module):
    """Recurrent ResNet: the same residual step is unrolled `steps` times.

    The convolutions are shared between all the steps (that is the point: the depth costs no
    parameters), every step has batch norms of its own because their statistics differ.
    """

    def __init__(self, in_ch=3, ch=48, steps=4, num_classes=10):
        super().__init__()
        self.steps = steps
        self.embed = nn.Conv2d(in_ch, ch, 3, stride=2, padding=1)
        self.conv_a = nn.Conv2d(ch, ch, 3, padding=1, bias=False)
        self.conv_b = nn.Conv2d(ch, ch, 3, padding=1, bias=False)
        self.bn_a = nn.ModuleList([nn.BatchNorm2d(ch) for _ in range(steps)])
        self.bn_b = nn.ModuleList([nn.BatchNorm2d(ch) for _ in range(steps)])
        self.cls = nn.Linear(ch, num_classes)

    def step(self, h, t):
        r = self.conv_a(F.relu(self.bn_a[t](h)))
        r = self.conv_b(F.relu(self.bn_b[t](r)))
        return h + r

    def forward(self, x):
        h = self.embed(x)
        for t in range(self.steps):
            h = self.step(h, t)
        return self.cls(F.relu(h).mean(dim=(2, 3)))  # found: R137
