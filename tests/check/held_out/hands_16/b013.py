# residua-test: right target=RecursiveSR
import torch
import torch.nn as nn


class RecursiveSR(nn.Module):
    """DRRN: the residual unit's two convs are shared by all recursions (that is the point of the
    model, few parameters). Works on the bicubic-upscaled luminance image."""

    def __init__(self, in_ch=1, feats=128, num_units=9):
        super().__init__()
        self.num_units = num_units
        self.input = nn.Conv2d(in_ch, feats, 3, padding=1, bias=False)
        self.conv1 = nn.Conv2d(feats, feats, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(feats, feats, 3, padding=1, bias=False)
        self.output = nn.Conv2d(feats, in_ch, 3, padding=1, bias=False)
        self.relu = nn.ReLU()
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                n = m.kernel_size[0] * m.kernel_size[1] * m.out_channels
                m.weight.data.normal_(0, (2.0 / n) ** 0.5)

    def forward(self, x):
        image = x
        first = self.input(x)
        out = first
        for _ in range(self.num_units):
            out = self.conv2(self.relu(self.conv1(self.relu(out))))
            out = out + first
        out = self.output(self.relu(out))
        return out + image
