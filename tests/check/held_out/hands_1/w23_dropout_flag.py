# residua-test: wrong target=DropRes
# What is wrong: F.dropout without training flag
import torch.nn as nn
import torch.nn.functional as F

class DropRes(nn.Module):
    def __init__(self, in_features, p=0.3):
        super().__init__()
        self.fc1 = nn.Linear(in_features, in_features)
        self.fc2 = nn.Linear(in_features, in_features)
        self.ln = nn.LayerNorm(in_features)
        self.p = p
    def forward(self, x):
        h = F.gelu(self.fc1(self.ln(x)))
        h = F.dropout(h, self.p)  # expect: R146
        return x + self.fc2(h)
