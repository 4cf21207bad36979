# residua-test: wrong target=Mlp
import torch.nn as nn


class Mlp(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, 4 * dim)
        self.drop = nn.Dropout(0.1)
        self.fc2 = nn.Linear(4 * dim, dim)

    def forward(self, x):
        return x + self.fc2(self.drop(self.fc1(self.norm(x))))  # expect: R197 note
