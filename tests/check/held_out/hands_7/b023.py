# residua-test: right target=SpeechEncoder
import torch
from torch import nn
from torch.nn import functional as F


class Step(nn.Module):
    """x + weight * branch(norm(x))"""

    def __init__(self, d, branch, weight=1.0):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.branch = branch
        self.weight = weight

    def forward(self, x):
        return x + self.weight * self.branch(self.norm(x))


class SelfAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(d, 3 * d, bias=False)
        self.out = nn.Linear(d, d)

    def forward(self, x):
        q, k, v = (t.unflatten(2, (self.heads, -1)).transpose(1, 2) for t in self.qkv(x).chunk(3, dim=2))
        y = F.scaled_dot_product_attention(q, k, v)
        return self.out(y.transpose(1, 2).flatten(2))


class ConvModule(nn.Module):
    def __init__(self, d, kernel):
        super().__init__()
        self.gate = nn.Linear(d, 4 * d)
        self.depthwise = nn.Conv1d(2 * d, 2 * d, kernel, groups=2 * d)
        # an even kernel needs one step less on the right
        self.pad = (kernel // 2, (kernel - 1) // 2)
        self.bn = nn.BatchNorm1d(2 * d)
        self.out = nn.Linear(2 * d, d)

    def forward(self, x):
        y = F.glu(self.gate(x), dim=-1).transpose(1, 2)
        y = F.silu(self.bn(self.depthwise(F.pad(y, self.pad))))
        return self.out(y.transpose(1, 2))


def feed_forward(d, p):
    return nn.Sequential(nn.Linear(d, 4 * d), nn.SiLU(), nn.Dropout(p), nn.Linear(4 * d, d), nn.Dropout(p))


class SpeechEncoder(nn.Module):
    """log-mel frames (batch, time, 40) -> CTC log probabilities (batch, time, vocab)"""

    def __init__(self, mels=40, d=48, blocks=2, heads=4, kernel=8, vocab=30, p=0.1):
        super().__init__()
        layers = [nn.Linear(mels, d)]
        for _ in range(blocks):
            layers += [Step(d, feed_forward(d, p), 0.5),
                       Step(d, SelfAttention(d, heads)),
                       Step(d, ConvModule(d, kernel)),
                       Step(d, feed_forward(d, p), 0.5),
                       nn.LayerNorm(d)]
        self.net = nn.Sequential(*layers)
        self.ctc = nn.Linear(d, vocab)

    def forward(self, frames):
        return F.log_softmax(self.ctc(self.net(frames)), dim=-1)
