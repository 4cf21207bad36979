# residua-test: wrong target=HeartNet
# What is wrong: The saved input is detached before it is added, so no gradient runs through the skip connections (earlier layers learn only through the branches).
import torch
import torch.nn as nn

# input: [batch, 1, 1000] one ECG lead, 4 rhythm classes

class ResBlock1d(nn.Module):
    def __init__(self, n_in, n_out, pool):
        super(ResBlock1d, self).__init__()
        self.conv_1 = nn.Conv1d(n_in, n_out, kernel_size=15, padding=7)
        self.bn_1 = nn.BatchNorm1d(n_out)
        self.conv_2 = nn.Conv1d(n_out, n_out, kernel_size=15, padding=7)
        self.bn_2 = nn.BatchNorm1d(n_out)
        self.drop = nn.Dropout(0.1)
        self.match = nn.Conv1d(n_in, n_out, kernel_size=1)
        self.pool = nn.MaxPool1d(pool)

    def forward(self, x):
        # keep a copy of the input for the skip connection
        saved = x.clone().detach()  # expect: R127
        x = torch.relu(self.bn_1(self.conv_1(x)))
        x = self.drop(x)
        x = self.bn_2(self.conv_2(x))
        x = x + self.match(saved)
        x = torch.relu(x)
        return self.pool(x)


class HeartNet(nn.Module):
    def __init__(self):
        super(HeartNet, self).__init__()
        self.start = nn.Conv1d(1, 16, kernel_size=15, padding=7)
        self.block1 = ResBlock1d(16, 16, 4)
        self.block2 = ResBlock1d(16, 32, 4)
        self.block3 = ResBlock1d(32, 32, 4)
        self.out = nn.Linear(32, 4)

    def forward(self, x):
        x = self.start(x)  # found: R136
        x = self.block1(x)
        x = self.block2(x)
        x = self.block3(x)
        x = x.mean(dim=2)
        return self.out(x)
