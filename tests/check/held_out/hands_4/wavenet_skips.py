# residua-test: right target=WaveNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class CausalConv1d(nn.Conv1d):
    def forward(self, x):
        pad = (self.kernel_size[0] - 1) * self.dilation[0]
        return super().forward(F.pad(x, (pad, 0)))


class ResidualLayer(nn.Module):
    def __init__(self, res_ch, skip_ch, kernel_size, dilation, last=False):
        super().__init__()
        self.in_layer = CausalConv1d(res_ch, 2 * res_ch, kernel_size, dilation=dilation)
        self.skip = nn.Conv1d(res_ch, skip_ch, 1)
        # nothing follows the last layer, it needs no residual output
        self.res = None if last else nn.Conv1d(res_ch, res_ch, 1)

    def forward(self, x):
        a, b = self.in_layer(x).chunk(2, dim=1)
        z = torch.tanh(a) * torch.sigmoid(b)
        skip = self.skip(z)
        if self.res is not None:
            x = x + self.res(z)
        return x, skip


class WaveNet(nn.Module):
    """mu-law classes in (batch, time) int64, logits out (batch, classes, time)."""

    def __init__(self, classes: int = 256, res_ch: int = 32, skip_ch: int = 64, blocks: int = 2,
                 layers_per_block: int = 5, kernel_size: int = 2):
        super().__init__()
        self.embed = nn.Embedding(classes, res_ch)
        self.front = CausalConv1d(res_ch, res_ch, kernel_size)
        dilations = [2 ** i for i in range(layers_per_block)] * blocks
        self.layers = nn.ModuleList(
            [ResidualLayer(res_ch, skip_ch, kernel_size, d, last=(i == len(dilations) - 1))
             for i, d in enumerate(dilations)])
        self.post1 = nn.Conv1d(skip_ch, skip_ch, 1)
        self.post2 = nn.Conv1d(skip_ch, classes, 1)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.front(self.embed(tokens).transpose(1, 2))
        total = 0
        for layer in self.layers:
            x, skip = layer(x)
            total = total + skip
        return self.post2(F.relu(self.post1(F.relu(total))))
