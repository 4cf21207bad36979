# residua-test: wrong target=Recurrent
import torch.nn as nn


class Recurrent(nn.Module):
    def __init__(self, features=32):
        super().__init__()
        self.body = nn.Sequential(
            nn.LayerNorm(features),
            nn.GRU(features, features, batch_first=True),  # expect: R161
            nn.Linear(features, features),
        )

    def forward(self, x):
        return x + self.body(x)
