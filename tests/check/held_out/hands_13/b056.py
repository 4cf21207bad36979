# residua-test: wrong target=IdentityResBlock
# What is wrong: Both convolutions start at zero, so neither weight ever gets a gradient and only the last bias can learn.
import torch
import torch.nn as nn
import torch.nn.functional as F


class IdentityResBlock(nn.Module):
    """Norm-free residual block which is the identity at the beginning of the training,
    can be inserted into a trained net without changing its output.
    """

    def __init__(self, n_feats: int = 32, kernel_size: int = 3):
        super().__init__()
        self.conv1 = nn.Conv2d(n_feats, n_feats, kernel_size, padding=kernel_size // 2)
        self.conv2 = nn.Conv2d(n_feats, n_feats, kernel_size, padding=kernel_size // 2)
        self.reset_parameters()

    def reset_parameters(self):
        for conv in (self.conv1, self.conv2):
            nn.init.zeros_(conv.weight)  # expect: R172
            nn.init.zeros_(conv.bias)

    def forward(self, x):
        return x + self.conv2(F.relu(self.conv1(x)))
