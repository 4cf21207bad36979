# residua-test: wrong target=RefineHead
# What is wrong: Both convolutions of the residual branch are zero-initialised, so with ReLU(0) = 0 between them neither weight ever gets a non-zero gradient and the branch cannot learn.
import torch.nn as nn
import torch.nn.functional as F


class RefineBlock(nn.Module):
    """Block appended to a trained decoder; begins as identity."""

    def __init__(self, dim, hidden=None):
        super().__init__()
        hidden = hidden or dim
        self.conv1 = nn.Conv2d(dim, hidden, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(hidden, dim, 3, padding=1, bias=False)
        nn.init.zeros_(self.conv1.weight)  # expect: R172
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x):
        return x + self.conv2(F.relu(self.conv1(x)))


class RefineHead(nn.Module):
    def __init__(self, dim, n_classes=2, depth=3):
        super().__init__()
        self.refine = nn.Sequential(*[RefineBlock(dim) for _ in range(depth)])
        self.cls = nn.Conv2d(dim, n_classes, 1)

    def forward(self, x):
        return self.cls(self.refine(x))
