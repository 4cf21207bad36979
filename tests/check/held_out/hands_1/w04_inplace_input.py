# residua-test: wrong target=BasicBlock
# What is wrong: inplace relu first corrupts the block's input before the identity use (post-act style, identity = x and relu inplace on x)
import torch.nn as nn


class BasicBlock(nn.Module):
    """Simple block used in our retinal vessel project."""

    def __init__(self, in_ch, out_ch):
        super().__init__()
        self.net = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            nn.Conv2d(in_ch, out_ch, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_ch),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_ch, out_ch, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_ch),
        )
        self.skip = nn.Conv2d(in_ch, out_ch, 1) if in_ch != out_ch else nn.Identity()

    def forward(self, x):
        return self.skip(x) + self.net(x)  # expect
