# residua-test: right target=ConformerBlock
import torch
import torch.nn as nn


class Transpose(nn.Module):
    def forward(self, x):
        return x.transpose(1, 2)


def ffn(d, mult, p):
    return nn.Sequential(
        nn.LayerNorm(d), nn.Linear(d, d * mult), nn.SiLU(), nn.Dropout(p), nn.Linear(d * mult, d), nn.Dropout(p)
    )


class ConformerBlock(nn.Module):
    def __init__(self, d=64, heads=4, kernel=15, mult=4, p=0.1):
        super().__init__()
        assert kernel % 2 == 1
        self.ff1 = ffn(d, mult, p)
        self.norm_att = nn.LayerNorm(d)
        self.att = nn.MultiheadAttention(d, heads, dropout=p, batch_first=True)
        self.drop = nn.Dropout(p)
        self.conv = nn.Sequential(
            nn.LayerNorm(d),
            Transpose(),                                    # B T D -> B D T
            nn.Conv1d(d, 2 * d, 1),
            nn.GLU(dim=1),
            nn.Conv1d(d, d, kernel, padding=kernel // 2, groups=d, bias=False),
            nn.BatchNorm1d(d),
            nn.SiLU(),
            nn.Conv1d(d, d, 1),
            Transpose(),
            nn.Dropout(p),
        )
        self.ff2 = ffn(d, mult, p)
        self.norm_out = nn.LayerNorm(d)

    def forward(self, x):
        """x: B T D"""
        x = x + 0.5 * self.ff1(x)
        y = self.norm_att(x)
        y, _ = self.att(y, y, y, need_weights=False)
        x = x + self.drop(y)
        x = x + self.conv(x)
        x = x + 0.5 * self.ff2(x)
        return self.norm_out(x)
