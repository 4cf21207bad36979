# residua-test: wrong target=Speech
import torch.nn as nn
import torch.nn.functional as F


class Speech(nn.Module):
    def __init__(self):
        super().__init__()
        self.bs = 16
        self.conv = nn.Conv1d(40, 64, 5, padding=2)
        self.res = nn.Conv1d(64, 64, 3, padding=1)
        self.out = nn.Linear(64, 12)

    def forward(self, x):
        x = F.relu(self.conv(x))
        x = x + self.res(x)
        x = x.mean(-1).view(self.bs, 64)  # expect: R191
        return self.out(x)
