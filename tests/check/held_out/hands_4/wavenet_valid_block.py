# residua-test: wrong target=GatedResidual
# What is wrong: The valid dilated convolution consumes samples on the left, but the identity is cropped on the right ([:T]), so the two are misaligned by the dilation
import torch
import torch.nn as nn


class GatedResidual(nn.Module):
    """One causal layer of a WaveNet vocoder, "valid" convolutions (the caller pads once, on the left).

    Output sample t depends on input samples up to t + receptive_field - 1, i.e. the last output belongs to
    the last input.
    """

    def __init__(self, residual_channels: int, skip_channels: int, dilation: int, kernel_size: int = 2,
                 cond_channels: int = 0):
        super().__init__()
        self.dilation = dilation
        self.kernel_size = kernel_size
        self.filter = nn.Conv1d(residual_channels, residual_channels, kernel_size, dilation=dilation)
        self.gate = nn.Conv1d(residual_channels, residual_channels, kernel_size, dilation=dilation)
        self.res = nn.Conv1d(residual_channels, residual_channels, 1)
        self.skip = nn.Conv1d(residual_channels, skip_channels, 1)
        self.cond = nn.Conv1d(cond_channels, 2 * residual_channels, 1, bias=False) if cond_channels else None

    def forward(self, x, cond=None):
        f, g = self.filter(x), self.gate(x)
        t = f.size(-1)
        if self.cond is not None:
            cf, cg = self.cond(cond[..., -t:]).chunk(2, dim=1)
            f, g = f + cf, g + cg
        z = torch.tanh(f) * torch.sigmoid(g)
        out = self.res(z) + x[..., :t]  # expect: R176
        return out, self.skip(z)


class Stack(nn.Module):
    def __init__(self, channels=32, skip=64, layers=8):
        super().__init__()
        self.layers = nn.ModuleList([GatedResidual(channels, skip, 2 ** i) for i in range(layers)])

    def forward(self, x):
        skips = []
        for layer in self.layers:
            x, s = layer(x)
            skips.append(s)
        t = x.size(-1)
        return sum(s[..., -t:] for s in skips)
