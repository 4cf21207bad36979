# residua-test: wrong target=IsoNet
# What is wrong: the result of the last stage is not assigned; the head pools the output of the stage before
import torch
import torch.nn as nn


class IsoBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, 5, padding=2, groups=dim)
        self.gn = nn.GroupNorm(1, dim)
        self.up = nn.Conv2d(dim, 2 * dim, 1)
        self.down = nn.Conv2d(2 * dim, dim, 1)

    def forward(self, x):
        return x + self.down(nn.functional.gelu(self.up(self.gn(self.dw(x)))))


class IsoNet(nn.Module):
    """Isotropic network: the same width and resolution in every stage."""

    def __init__(self, dim=64, depth=2, num_classes=10):
        super().__init__()
        self.patchify = nn.Conv2d(3, dim, 4, 4)
        self.stage1 = nn.Sequential(*(IsoBlock(dim) for _ in range(depth)))
        self.stage2 = nn.Sequential(*(IsoBlock(dim) for _ in range(depth)))
        self.stage3 = nn.Sequential(*(IsoBlock(dim) for _ in range(depth)))  # expect
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, num_classes)

    def forward(self, x):
        x = self.patchify(x)
        x = self.stage1(x)
        x = self.stage2(x)
        self.stage3(x)  # expect: R155
        x = x.mean(dim=(2, 3))
        return self.head(self.norm(x))
