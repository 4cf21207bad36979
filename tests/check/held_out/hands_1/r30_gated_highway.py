# residua-test: right target=Highway
import torch, torch.nn as nn
class Highway(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.h = nn.Linear(size, size); self.t = nn.Linear(size, size)
        nn.init.constant_(self.t.bias, -2.)
    def forward(self, x):
        t = torch.sigmoid(self.t(x))
        return t * torch.relu(self.h(x)) + (1 - t) * x
