# residua-test: wrong target=LanguageGate
# What is wrong: both linear layers of the gate (no bias) are set to zero, so neither ever gets a gradient: the gate stays tanh(0) = 0 and the language branch is dead
import torch
from torch import nn


class LanguageGate(nn.Module):
    """Fuses word features into the visual tokens: x + gate(r) * r.

    The gate is closed at the start so that the pretrained backbone is untouched.
    """

    def __init__(self, dim=32, l_dim=48, num_heads=4):
        super().__init__()
        self.q = nn.Linear(dim, dim)
        self.kv = nn.Linear(l_dim, 2 * dim)
        self.heads = num_heads
        self.out = nn.Linear(dim, dim)
        self.res_gate = nn.Sequential(
            nn.Linear(dim, dim, bias=False),
            nn.ReLU(),
            nn.Linear(dim, dim, bias=False),
            nn.Tanh(),
        )
        for m in self.res_gate:
            if isinstance(m, nn.Linear):
                nn.init.zeros_(m.weight)  # expect: R172

    def attend(self, x, l):
        b, n, c = x.shape
        t = l.shape[1]
        q = self.q(x).view(b, n, self.heads, -1).transpose(1, 2)
        k, v = self.kv(l).view(b, t, 2, self.heads, -1).permute(2, 0, 3, 1, 4)
        a = (q @ k.transpose(-1, -2)) / (c // self.heads) ** 0.5
        r = a.softmax(-1) @ v
        return self.out(r.transpose(1, 2).reshape(b, n, c))

    def forward(self, x, l):
        r = self.attend(x, l)
        return x + self.res_gate(r) * r
