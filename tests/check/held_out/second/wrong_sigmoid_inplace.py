# residua-test: wrong target=WrongSigmoidInplace
import torch
import torch.nn as nn
import torch.nn.functional as F


class WrongSigmoidInplace(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.c1, self.c2 = nn.Conv1d(dim, dim, 3, padding=1), nn.Conv1d(dim, dim, 3, padding=1)

    def forward(self, x):
        y = torch.tanh(self.c2(F.relu(self.c1(x))))
        y += x  # expect: R109
        return y
