# residua-test: wrong target=ConvNextEncoder
# What is wrong: a single float instead of the stage's slice of rates is handed to the stage: with drop_path_rate > 0 the constructor fails.
import torch
from torch import nn


class DropPath(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if self.p == 0.0 or not self.training:
            return x
        keep = 1 - self.p
        mask = torch.bernoulli(torch.full((x.shape[0], 1, 1, 1), keep, device=x.device))
        return x * mask / keep


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNextLayer(nn.Module):
    def __init__(self, dim, drop_path=0.0):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.layernorm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.layer_scale_parameter = nn.Parameter(1e-6 * torch.ones(dim))
        self.drop_path = DropPath(drop_path)

    def forward(self, hidden_states):
        residual = hidden_states
        x = self.dwconv(hidden_states).permute(0, 2, 3, 1)
        x = self.pwconv2(self.act(self.pwconv1(self.layernorm(x))))
        x = (self.layer_scale_parameter * x).permute(0, 3, 1, 2)
        return residual + self.drop_path(x)


class ConvNextStage(nn.Module):
    def __init__(self, in_channels, out_channels, stride=2, depth=2, drop_path_rates=None):
        super().__init__()
        if in_channels != out_channels or stride > 1:
            self.downsampling_layer = nn.Sequential(
                LayerNorm2d(in_channels, eps=1e-6),
                nn.Conv2d(in_channels, out_channels, kernel_size=2, stride=stride),
            )
        else:
            self.downsampling_layer = nn.Identity()
        drop_path_rates = drop_path_rates or [0.0] * depth
        self.layers = nn.Sequential(
            *[ConvNextLayer(out_channels, drop_path=drop_path_rates[j]) for j in range(depth)]
        )

    def forward(self, x):
        return self.layers(self.downsampling_layer(x))


class ConvNextEncoder(nn.Module):
    def __init__(self, hidden_sizes=(16, 32, 64), depths=(1, 2, 1), drop_path_rate=0.0):
        super().__init__()
        self.embeddings = nn.Sequential(
            nn.Conv2d(3, hidden_sizes[0], kernel_size=4, stride=4),
            LayerNorm2d(hidden_sizes[0], eps=1e-6),
        )
        self.stages = nn.ModuleList()
        drop_path_rates = [x.item() for x in torch.linspace(0, drop_path_rate, sum(depths))]
        cur = 0
        prev_chs = hidden_sizes[0]
        for i in range(len(hidden_sizes)):
            stage = ConvNextStage(
                prev_chs,
                hidden_sizes[i],
                stride=2 if i > 0 else 1,
                depth=depths[i],
                drop_path_rates=drop_path_rates[cur],  # expect
            )
            self.stages.append(stage)
            cur += depths[i]
            prev_chs = hidden_sizes[i]

    def forward(self, x):
        x = self.embeddings(x)
        for stage in self.stages:
            x = stage(x)
        return x
