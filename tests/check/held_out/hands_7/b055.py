# residua-test: wrong target=SignalResNet
# What is wrong: Dropout is applied to the block's input x instead of the branch: the result of the first convolution is thrown away (conv1/bn1 get no gradient).
import torch
import torch.nn as nn


class SignalBlock(nn.Module):
    def __init__(self, filters, kernel=9, dropout=0.2):
        super().__init__()
        self.bn1 = nn.BatchNorm1d(filters)
        self.conv1 = nn.Conv1d(filters, filters, kernel, padding="same", bias=False)
        self.bn2 = nn.BatchNorm1d(filters)
        self.conv2 = nn.Conv1d(filters, filters, kernel, padding="same", bias=False)
        self.act = nn.ReLU()
        self.dropout = nn.Dropout(dropout) if dropout > 0 else None

    def forward(self, x):
        x_res = self.conv1(self.act(self.bn1(x)))
        if self.dropout is not None:
            x_res = self.dropout(x)  # expect: R103
        x_res = self.conv2(self.act(self.bn2(x_res)))
        return x + x_res


class SignalResNet(nn.Module):
    """accelerometer windows (batch, 6, T) -> activity logits"""

    def __init__(self, channels=6, filters=32, blocks=3, classes=5):
        super().__init__()
        self.inp = nn.Conv1d(channels, filters, 9, padding="same", bias=False)
        self.blocks = nn.ModuleList([SignalBlock(filters) for _ in range(blocks)])
        self.down = nn.MaxPool1d(2)
        self.out_bn = nn.BatchNorm1d(filters)
        self.fc = nn.Linear(filters, classes)

    def forward(self, x):
        x = self.inp(x)
        for b in self.blocks:
            x = self.down(b(x))
        x = torch.relu(self.out_bn(x))
        return self.fc(x.mean(-1))
