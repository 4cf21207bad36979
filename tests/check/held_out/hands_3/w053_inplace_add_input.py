# residua-test: wrong target=FFNResidual
# What is wrong: x += ... changes the input in place after it has been saved for the backward of norm/linear (RuntimeError, and caller's tensor overwritten)
import torch
import torch.nn as nn


class FFNResidual(nn.Module):
    def __init__(self, d_model, mult=4, dropout=0.0):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(d_model, d_model * mult),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(d_model * mult, d_model),
        )

    def forward(self, x):
        x += self.net(x)  # expect: R108
        return x
