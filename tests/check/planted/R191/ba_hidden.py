# residua-test: wrong target=Tagger
import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.norm = nn.LayerNorm(dim)
        self.lstm = nn.LSTM(dim, dim, batch_first=True)
        self.fc = nn.Linear(dim, dim)

    def forward(self, x):
        h0 = torch.zeros(1, 20, self.dim)  # expect: R191
        c0 = torch.zeros(1, 20, self.dim)
        out, _ = self.lstm(self.norm(x), (h0, c0))
        return x + self.fc(out)
