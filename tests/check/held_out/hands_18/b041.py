# residua-test: wrong target=ResBlock1d
# What is wrong: With the even default kernel size of 16, padding 7 shortens each conv by one sample, so the main path no longer matches the skip and the sum fails.
import torch
import torch.nn as nn


class ResBlock1d(nn.Module):
    """12-lead ECG residual unit: conv-bn-relu-drop-conv, max pooled skip, 1x1 conv if needed."""

    def __init__(self, n_filters_in, n_filters_out, downsample=1, kernel_size=16, dropout_rate=0.2):
        super(ResBlock1d, self).__init__()
        padding = (kernel_size - 1) // 2  # expect: R129
        self.conv1 = nn.Conv1d(n_filters_in, n_filters_out, kernel_size, padding=padding, bias=False)
        self.bn1 = nn.BatchNorm1d(n_filters_out)
        self.relu = nn.ReLU()
        self.dropout1 = nn.Dropout(dropout_rate)
        self.pool = nn.MaxPool1d(downsample) if downsample > 1 else nn.Identity()
        self.conv2 = nn.Conv1d(n_filters_out, n_filters_out, kernel_size, padding=padding, bias=False)
        self.bn2 = nn.BatchNorm1d(n_filters_out)
        self.dropout2 = nn.Dropout(dropout_rate)

        skip_connection_layers = []
        if downsample > 1:
            skip_connection_layers += [nn.MaxPool1d(downsample)]
        if n_filters_in != n_filters_out:
            skip_connection_layers += [nn.Conv1d(n_filters_in, n_filters_out, 1, bias=False)]
        self.skip_connection = nn.Sequential(*skip_connection_layers)

    def forward(self, x):
        y = self.skip_connection(x)
        x = self.dropout1(self.relu(self.bn1(self.conv1(x))))
        x = self.conv2(self.pool(x))
        x = x + y
        return self.dropout2(self.relu(self.bn2(x)))
