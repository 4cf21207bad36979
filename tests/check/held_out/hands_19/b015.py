# residua-test: wrong target=ResnetBlock
# What is wrong: the 1x1 shortcut is applied to the branch's own result instead of the block's input, so there is no path for the input around the convolutions.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResnetBlock(nn.Module):
    """Block of an image tokenizer: GroupNorm, SiLU, conv, twice."""

    def __init__(self, in_channels: int, out_channels: int = None, dropout_prob: float = 0.0):
        super().__init__()
        self.in_channels = in_channels
        self.out_channels_ = in_channels if out_channels is None else out_channels

        self.norm1 = nn.GroupNorm(32, in_channels, eps=1e-6)
        self.conv1 = nn.Conv2d(in_channels, self.out_channels_, 3, padding=1, bias=False)
        self.norm2 = nn.GroupNorm(32, self.out_channels_, eps=1e-6)
        self.dropout = nn.Dropout(dropout_prob)
        self.conv2 = nn.Conv2d(self.out_channels_, self.out_channels_, 3, padding=1, bias=False)
        if self.in_channels != self.out_channels_:
            self.nin_shortcut = nn.Conv2d(self.out_channels_, self.out_channels_, 1, bias=False)  # expect

    def forward(self, hidden_states):
        residual = hidden_states
        hidden_states = F.silu(self.norm1(hidden_states))
        hidden_states = self.conv1(hidden_states)
        hidden_states = F.silu(self.norm2(hidden_states))
        hidden_states = self.dropout(hidden_states)
        hidden_states = self.conv2(hidden_states)
        if self.in_channels != self.out_channels_:
            residual = self.nin_shortcut(hidden_states)  # expect: R120
        return hidden_states + residual
