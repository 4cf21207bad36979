# residua-test: wrong target=VNetResBlock
# What is wrong: The second convolution reads the block's input again, the result of the first one is thrown away.
import torch
import torch.nn as nn


class VNetResBlock(nn.Module):
    """Volumetric block: two 5x5x5 convolutions, PReLU, element-wise sum with the input."""

    def __init__(self, nch=16, kernel=5):
        super().__init__()
        pad = kernel // 2
        self.conv_a = nn.Conv3d(nch, nch, kernel, padding=pad)
        self.bn_a = nn.BatchNorm3d(nch)
        self.act_a = nn.PReLU(nch)
        self.conv_b = nn.Conv3d(nch, nch, kernel, padding=pad)
        self.bn_b = nn.BatchNorm3d(nch)
        self.act_b = nn.PReLU(nch)

    def forward(self, layer_input):
        x = self.act_a(self.bn_a(self.conv_a(layer_input)))
        x = self.bn_b(self.conv_b(layer_input))  # expect: R103
        return self.act_b(x + layer_input)
