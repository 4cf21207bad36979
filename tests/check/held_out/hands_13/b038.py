# residua-test: wrong target=ResUnit
# What is wrong: The padding is fixed to 1, so the documented kernel sizes 5 and 7 shrink the body and the sum fails.
import torch
import torch.nn as nn


class ResUnit(nn.Module):
    def __init__(self, in_ch=16, out_ch=16, kernel_size=3, norm=nn.BatchNorm2d):
        """
        kernel_size: size of both convolutions, an odd number (3, 5, 7)
        """
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(in_ch, out_ch, kernel_size, padding=1, bias=False),  # expect: R129
            norm(out_ch),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_ch, out_ch, kernel_size, padding=1, bias=False),
            norm(out_ch),
        )
        self.skip = nn.Identity() if in_ch == out_ch else nn.Conv2d(in_ch, out_ch, 1, bias=False)  # found: R118
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(self.body(x) + self.skip(x))
