# residua-test: right target=NBeats
import torch
import torch.nn as nn


class NBeatsBlock(nn.Module):
    def __init__(self, backcast_len, forecast_len, hidden=32, n_fc=3, last=False):
        super().__init__()
        fc = []
        d = backcast_len
        for _ in range(n_fc):
            fc += [nn.Linear(d, hidden), nn.ReLU()]
            d = hidden
        self.fc = nn.Sequential(*fc)
        self.theta_f = nn.Linear(hidden, forecast_len)
        self.theta_b = None if last else nn.Linear(hidden, backcast_len)

    def forward(self, x):
        h = self.fc(x)
        backcast = None if self.theta_b is None else self.theta_b(h)
        return backcast, self.theta_f(h)


class NBeats(nn.Module):
    """generic architecture, trend/season basis left out"""

    def __init__(self, lookback, horizon, n_blocks=4):
        super().__init__()
        self.blocks = nn.ModuleList(
            [NBeatsBlock(lookback, horizon, last=i == n_blocks - 1) for i in range(n_blocks)]
        )

    def forward(self, x):
        residual = x
        forecast = x[:, -1:].expand(-1, self.blocks[0].theta_f.out_features)  # naive start
        for block in self.blocks:
            backcast, f = block(residual)
            if backcast is not None:
                residual = residual - backcast
            forecast = forecast + f
        return forecast
