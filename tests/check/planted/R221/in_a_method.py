# residua-test: wrong target=Net right=networks/names_that_fit slow
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc = nn.Linear(dim, 4 * dim)
        self.proj = nn.Linear(4 * dim, dim)

    def forward(self, x):
        return x + self.proj(F.gelu(self.fc(self.norm(x))))


class Net(nn.Module):
    def __init__(self, dim=32, depth=4, num_classes=10):
        super().__init__()
        self.inp = nn.Linear(8, dim)
        self.blocks = nn.Sequential(*[Block(dim) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, num_classes)
        self._scale(depth)

    def _scale(self, depth):
        for name, p in self.named_parameters():
            if "c_proj" in name and p.dim() > 1:  # expect: R221
                nn.init.normal_(p, std=0.02 / (2 * depth) ** 0.5)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.inp(x))))
