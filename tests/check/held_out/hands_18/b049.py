# residua-test: wrong target=HighwayCNN
# What is wrong: The carry weight is the transform gate itself instead of 1 - gate, so y = t*(h+x): closing the gate (bias -2) removes the input instead of carrying it.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Highway(nn.Module):
    """y = t * H(x) + carry * x   (Srivastava et al. 2015), bias starts at -2 => mostly carry"""

    def __init__(self, size, num_layers=2):
        super().__init__()
        self.nonlinear = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.gate = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        for g in self.gate:
            nn.init.constant_(g.bias, -2.0)

    def forward(self, x):
        for lin, gate in zip(self.nonlinear, self.gate):
            t = torch.sigmoid(gate(x))
            h = F.relu(lin(x))
            x = t * h + t * x  # expect: R152
        return x


class HighwayCNN(nn.Module):
    def __init__(self, vocab_size, emb=32, n_filters=24, widths=(2, 3, 4), n_classes=5):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, emb, padding_idx=0)
        self.convs = nn.ModuleList(nn.Conv1d(emb, n_filters, w, padding=w // 2) for w in widths)
        total = n_filters * len(widths)
        self.highway = Highway(total)
        self.dropout = nn.Dropout(0.3)
        self.fc = nn.Linear(total, n_classes)

    def forward(self, ids):
        e = self.embedding(ids).transpose(1, 2)
        pooled = [F.relu(c(e)).max(dim=2).values for c in self.convs]
        z = self.highway(torch.cat(pooled, dim=1))
        return self.fc(self.dropout(z))
