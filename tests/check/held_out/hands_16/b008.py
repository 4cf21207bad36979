# residua-test: wrong target=TCNResBlock
# What is wrong: the 1x1 matching convolution is applied to the branch's output instead of to the block's input, so the sum fails (or the wrong side is projected) when in_ch differs from the filters.
import torch
import torch.nn as nn
import torch.nn.functional as F


class TCNResBlock(nn.Module):
    """ported from my keras model. nb_filters may be different from in_ch"""

    def __init__(self, in_ch, nb_filters, kernel_size=2, dilation_rate=1, dropout_rate=0.0):
        super().__init__()
        self.left_pad = (kernel_size - 1) * dilation_rate
        self.convs = nn.ModuleList()
        for k in range(2):
            self.convs.append(
                nn.Conv1d(in_ch if k == 0 else nb_filters, nb_filters, kernel_size, dilation=dilation_rate)
            )
        self.drop = nn.Dropout(dropout_rate)
        if in_ch != nb_filters:
            self.match = nn.Conv1d(nb_filters, nb_filters, 1)
        else:
            self.match = nn.Identity()

    def forward(self, x):
        prev_x = x
        for conv in self.convs:
            x = F.pad(x, (self.left_pad, 0))
            x = F.relu(conv(x))
            x = self.drop(x)
        x = self.match(x)  # expect: R120
        res_x = prev_x + x
        return F.relu(res_x)
