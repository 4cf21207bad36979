# residua-test: wrong target=WrongDropoutEval
from torch import nn
from torch.nn import functional as F


class WrongDropoutEval(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        h = F.relu(self.c1(x))
        h = F.dropout(h, p=0.2)  # expect: R146
        return F.relu(self.c2(h) + x)
