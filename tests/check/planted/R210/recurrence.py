# residua-test: wrong target=Reader right=networks/reader
import torch
from torch import nn


class Reader(nn.Module):
    """Reads lines of text: a convolution, then a recurrence along the width."""

    def __init__(self, width=32, num_classes=20):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.rnn = nn.LSTM(width, width)  # expect: R210
        self.head = nn.Linear(width, num_classes)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        x = x + self.conv2(x)
        x = x.mean(2).transpose(1, 2)
        x, _ = self.rnn(x)
        return self.head(x)
