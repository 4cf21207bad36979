# residua-test: right target=BertLayer
import torch
import torch.nn as nn


class BertSelfOutput(nn.Module):
    def __init__(self, hidden, p):
        super().__init__()
        self.dense = nn.Linear(hidden, hidden)
        self.norm = nn.LayerNorm(hidden, eps=1e-12)
        self.dropout = nn.Dropout(p)

    def forward(self, states, residual):
        return self.norm(self.dropout(self.dense(states)) + residual)


class BertLayer(nn.Module):
    def __init__(self, hidden=64, heads=4, inner=256, p=0.1):
        super().__init__()
        self.heads, self.size = heads, hidden // heads
        self.query = nn.Linear(hidden, hidden)
        self.key = nn.Linear(hidden, hidden)
        self.value = nn.Linear(hidden, hidden)
        self.attn_drop = nn.Dropout(p)
        self.self_output = BertSelfOutput(hidden, p)
        self.intermediate = nn.Linear(hidden, inner)
        self.output = nn.Linear(inner, hidden)
        self.norm = nn.LayerNorm(hidden, eps=1e-12)
        self.dropout = nn.Dropout(p)

    def split(self, x):
        return x.view(x.size(0), x.size(1), self.heads, self.size).transpose(1, 2)

    def forward(self, x):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = q @ k.transpose(-1, -2) / self.size ** 0.5
        context = self.attn_drop(scores.softmax(-1)) @ v
        context = context.transpose(1, 2).reshape(x.shape)
        x = self.self_output(context, x)
        y = self.output(nn.functional.gelu(self.intermediate(x)))
        return self.norm(self.dropout(y) + x)
