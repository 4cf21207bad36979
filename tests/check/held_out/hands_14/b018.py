# residua-test: wrong target=GatedResidualLayer
# What is wrong: The sigmoid gate is computed from the filter convolution too; gate_conv is never used, so filter and gate share the weights and gate_conv is never trained.
import torch
import torch.nn.functional as F


class GatedResidualLayer(torch.nn.Module):
    """One layer of the vocoder: dilated conv with separate filter and gate weights,
    tanh(filter) * sigmoid(gate), 1x1 to residual and 1x1 to skip."""

    def __init__(self, residual_channels=64, skip_channels=128, kernel_size=2, dilation=1):
        super().__init__()
        self.pad = (kernel_size - 1) * dilation
        self.filter_conv = torch.nn.Conv1d(residual_channels, residual_channels, kernel_size, dilation=dilation)
        self.gate_conv = torch.nn.Conv1d(residual_channels, residual_channels, kernel_size, dilation=dilation)
        self.res_conv = torch.nn.Conv1d(residual_channels, residual_channels, 1)
        self.skip_conv = torch.nn.Conv1d(residual_channels, skip_channels, 1)

    def forward(self, x):
        h = F.pad(x, (self.pad, 0))

        filt = torch.tanh(self.filter_conv(h))
        gate = torch.sigmoid(self.filter_conv(h))  # expect: R121
        z = filt * gate

        skip = self.skip_conv(z)
        out = self.res_conv(z) + x
        return out, skip
