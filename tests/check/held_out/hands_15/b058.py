# residua-test: wrong target=TemporalBlock
# What is wrong: the 1x1 conv for the shortcut is given the branch's output instead of the input and fails when the channels differ
import torch
import torch.nn as nn
import torch.nn.functional as F


class TemporalBlock(nn.Module):
    def __init__(self, n_inputs, n_outputs, kernel_size=3, dilation=1, dropout=0.2):
        super(TemporalBlock, self).__init__()
        self.left = (kernel_size - 1) * dilation
        self.conv1 = nn.Conv1d(n_inputs, n_outputs, kernel_size, dilation=dilation)
        self.conv2 = nn.Conv1d(n_outputs, n_outputs, kernel_size, dilation=dilation)
        self.drop = nn.Dropout(dropout)
        self.match = nn.Conv1d(n_inputs, n_outputs, 1) if n_inputs != n_outputs else None
        for c in (self.conv1, self.conv2):
            nn.init.normal_(c.weight, 0, 0.01)

    def forward(self, x):
        out = self.drop(F.relu(self.conv1(F.pad(x, (self.left, 0)))))
        out = self.drop(F.relu(self.conv2(F.pad(out, (self.left, 0)))))
        res = x if self.match is None else self.match(out)  # expect: R120
        return F.relu(out + res)
