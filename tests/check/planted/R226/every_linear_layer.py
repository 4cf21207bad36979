# residua-test: wrong target=Tokens right=networks/zeros_last slow
import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.wide = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)
        self.narrow.weight.data.zero_()

    def forward(self, x):
        return x + self.narrow(F.gelu(self.wide(self.norm(x))))


class Tokens(nn.Module):
    def __init__(self, width=32, num_classes=10):
        super().__init__()
        self.patches = nn.Conv2d(3, width, 8, 8)
        self.blocks = nn.ModuleList(Block(width) for _ in range(2))
        self.head = nn.Linear(width, num_classes)
        self.apply(self.start)

    @staticmethod
    def start(m):
        if isinstance(m, nn.Linear):
            nn.init.xavier_uniform_(m.weight)  # expect: R226

    def forward(self, image):
        x = self.patches(image).flatten(2).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        return self.head(torch.mean(x, dim=1))
