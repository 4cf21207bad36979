# residua-test: right target=WaveNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class WaveNet(nn.Module):
    """
    Without any padding: every dilated conv shortens the sequence, so the residual and the skip
    outputs are cut to their last samples before the sums. Training on windows:
    in (B, T) int samples 0..255, out (B, T - receptive_field + 1, 256) logits,
    the i-th logits are for the sample after x[:, i + receptive_field - 1].
    """

    def __init__(self, n_layers=4, n_stacks=2, residual_channels=24, skip_channels=32, bins=256):
        super().__init__()
        self.embed = nn.Embedding(bins, residual_channels)
        self.dilations = [2 ** i for i in range(n_layers)] * n_stacks
        self.receptive_field = sum(self.dilations) + 1

        self.gated = nn.ModuleList()
        self.res = nn.ModuleList()
        self.skip = nn.ModuleList()
        for i, d in enumerate(self.dilations):
            self.gated.append(nn.Conv1d(residual_channels, 2 * residual_channels, 2, dilation=d))
            self.skip.append(nn.Conv1d(residual_channels, skip_channels, 1))
            # the residual output of the last layer would go nowhere
            if i < len(self.dilations) - 1:
                self.res.append(nn.Conv1d(residual_channels, residual_channels, 1))

        self.post = nn.Sequential(
            nn.ReLU(),
            nn.Conv1d(skip_channels, skip_channels, 1),
            nn.ReLU(),
            nn.Conv1d(skip_channels, bins, 1),
        )

    def forward(self, x):
        assert x.shape[1] >= self.receptive_field, "window too short"
        out_len = x.shape[1] - self.receptive_field + 1
        h = self.embed(x).transpose(1, 2)
        skips = 0
        for i in range(len(self.dilations)):
            a, b = self.gated[i](h).chunk(2, dim=1)
            z = torch.tanh(a) * torch.sigmoid(b)
            skips = skips + self.skip[i](z)[..., -out_len:]
            if i < len(self.res):
                h = h[..., -z.shape[-1]:] + self.res[i](z)
        return self.post(skips).transpose(1, 2)
