# residua-test: wrong target=AutoencoderResBlock
# What is wrong: The 1x1 shortcut is applied to the transformed features instead of the input, so there is no skip when the channels change.
import torch
import torch.nn as nn


class AutoencoderResBlock(nn.Module):
    """Block of the image tokenizer: (group norm, swish, 3x3) x 2 and a skip,
    a 1x1 conv on the skip when the width changes."""

    def __init__(self, c_in: int = 32, c_out: int = 64, p_drop: float = 0.0):
        super().__init__()
        self.c_in, self.c_out = c_in, c_out
        self.gn_a = nn.GroupNorm(16, c_in, eps=1e-6)
        self.conv_a = nn.Conv2d(c_in, c_out, 3, padding=1, bias=False)
        self.gn_b = nn.GroupNorm(16, c_out, eps=1e-6)
        self.drop = nn.Dropout(p_drop)
        self.conv_b = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)
        self.act = nn.SiLU()
        if c_in != c_out:
            self.widen = nn.Conv2d(c_out, c_out, 1, bias=False)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        skip = z
        z = self.conv_a(self.act(self.gn_a(z)))
        z = self.conv_b(self.drop(self.act(self.gn_b(z))))
        if self.c_in != self.c_out:
            skip = self.widen(z)  # expect: R120
        return z + skip
