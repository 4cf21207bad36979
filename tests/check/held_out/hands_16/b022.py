# residua-test: wrong target=SEResBlock1d
# What is wrong: the squeeze averages over the batch as well (dim=(0, 2)), so one gate is shared by all samples and the output depends on the batch.
import torch
import torch.nn as nn


class SEResBlock1d(nn.Module):
    """speaker embedding front end: Conv1d residual block + squeeze and excitation"""

    def __init__(self, c_in, c_out, stride=1, reduction=4):
        super().__init__()
        self.conv1 = nn.Conv1d(c_in, c_out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm1d(c_out)
        self.conv2 = nn.Conv1d(c_out, c_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm1d(c_out)
        self.relu = nn.ReLU()
        self.fc1 = nn.Linear(c_out, c_out // reduction)
        self.fc2 = nn.Linear(c_out // reduction, c_out)
        self.proj = None
        if stride != 1 or c_in != c_out:
            self.proj = nn.Sequential(nn.Conv1d(c_in, c_out, 1, stride=stride, bias=False), nn.BatchNorm1d(c_out))

    def excite(self, y):
        w = y.mean(dim=(0, 2))  # expect: R147
        w = torch.sigmoid(self.fc2(self.relu(self.fc1(w))))
        return y * w.view(1, -1, 1)

    def forward(self, x):
        res = x if self.proj is None else self.proj(x)
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu(self.excite(y) + res)
