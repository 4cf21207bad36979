# residua-test: right target=EcaUnit
import torch.nn.functional as F
from torch import nn


class EcaUnit(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(cin, cout, 3, stride, 1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False),
            nn.BatchNorm2d(cout),
        )
        self.down = None
        if stride != 1 or cin != cout:
            self.down = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))
        self.eca = nn.Conv1d(1, 1, 3, padding=1, bias=False)

    def attend(self, x):
        gate = self.eca(x.mean((2, 3)).unsqueeze(1)).squeeze(1)
        return x * gate.sigmoid()[:, :, None, None]

    def forward(self, x):
        shortcut = x if self.down is None else self.down(x)
        return self.attend(F.relu(self.body(x) + shortcut))
