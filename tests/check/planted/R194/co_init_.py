# residua-test: wrong target=Unit
import torch.nn as nn
import torch.nn.functional as F


class Unit(nn.Module):
    def __init_(self, c):  # expect: R194
        super().__init__()
        self.body = nn.Conv1d(c, c, 3, padding=1)

    def forward(self, x):
        return F.relu(x + self.body(x))
