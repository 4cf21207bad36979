# residua-test: right target=TSMixer
import torch
import torch.nn as nn


class Norm2dOverTF(nn.Module):
    """BatchNorm over the flattened time x feature axis"""

    def __init__(self, length, feats):
        super().__init__()
        self.bn = nn.BatchNorm1d(length * feats)

    def forward(self, x):
        s = x.shape
        return self.bn(x.reshape(s[0], -1)).view(s)


class MixerLayer(nn.Module):
    def __init__(self, length, feats, ff, dropout):
        super().__init__()
        self.norm_t = Norm2dOverTF(length, feats)
        self.lin_t = nn.Linear(length, length)
        self.norm_f = Norm2dOverTF(length, feats)
        self.lin_f1 = nn.Linear(feats, ff)
        self.lin_f2 = nn.Linear(ff, feats)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        res = x
        x = self.norm_t(x).transpose(1, 2)
        x = self.drop(torch.relu(self.lin_t(x)))
        x = x.transpose(1, 2) + res

        res = x
        x = self.drop(torch.relu(self.lin_f1(self.norm_f(x))))
        x = self.drop(self.lin_f2(x))
        return x + res


class TSMixer(nn.Module):
    def __init__(self, seq_len=96, pred_len=24, n_feats=7, n_layers=2, ff_dim=64, dropout=0.1):
        super().__init__()
        self.mixers = nn.ModuleList([MixerLayer(seq_len, n_feats, ff_dim, dropout) for _ in range(n_layers)])
        self.temporal = nn.Linear(seq_len, pred_len)

    def forward(self, x):
        # x [batch, seq_len, n_feats] -> [batch, pred_len, n_feats]
        for m in self.mixers:
            x = m(x)
        return self.temporal(x.transpose(1, 2)).transpose(1, 2)
