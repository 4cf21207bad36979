# residua-test: wrong target=WideBlock
# What is wrong: with dropout the second half continues from the block's pre-activated input x instead of from the first convolution's result, so conv1 is thrown away whenever dropout_p > 0
import torch
import torch.nn as nn
import torch.nn.functional as F


class WideBlock(nn.Module):
    """B(3,3) of the wide resnet paper, dropout between the convs.
    same width in and out, stride 1 (see WideTransition for the others)"""

    def __init__(self, width, dropout_p=0.3):
        super().__init__()
        self.dropout_p = dropout_p
        self.bn_a = nn.BatchNorm2d(width)
        self.conv_a = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn_b = nn.BatchNorm2d(width)
        self.conv_b = nn.Conv2d(width, width, 3, padding=1, bias=False)

    def forward(self, inputs):
        x = F.relu(self.bn_a(inputs))
        x_res = F.relu(self.bn_b(self.conv_a(x)))
        if self.dropout_p > 0:
            x_res = F.dropout(x, self.dropout_p, self.training)  # expect: R103
        x_res = self.conv_b(x_res)
        return inputs + x_res
