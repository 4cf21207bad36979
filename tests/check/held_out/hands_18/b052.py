# residua-test: wrong target=RadioResNet
# What is wrong: In unit 2 the last conv's result goes to another variable and the sum uses the value before it, so conv5 is dead.
import torch
import torch.nn as nn


class ResStack(nn.Module):
    def __init__(self, cin, c=32, pool=2):
        super().__init__()
        self.conv1 = nn.Conv1d(cin, c, 1)
        self.conv2 = nn.Conv1d(c, c, 3, padding=1)
        self.conv3 = nn.Conv1d(c, c, 3, padding=1)
        self.conv4 = nn.Conv1d(c, c, 3, padding=1)
        self.conv5 = nn.Conv1d(c, c, 3, padding=1)
        self.pool = nn.MaxPool1d(pool)

    def forward(self, xm):
        xm = self.conv1(xm)
        # unit 1
        short = xm
        xm = torch.relu(self.conv2(xm))
        xm = self.conv3(xm)
        xm = torch.relu(xm + short)
        # unit 2
        short = xm
        xm = torch.relu(self.conv4(xm))
        x = self.conv5(xm)  # expect: R155
        xm = torch.relu(xm + short)
        return self.pool(xm)


class RadioResNet(nn.Module):
    # RML2016.10a, IQ samples, 11 modulations
    def __init__(self, n_mods=11, stacks=4, width=32):
        super().__init__()
        self.stacks = nn.Sequential(*[ResStack(2 if i == 0 else width, width) for i in range(stacks)])
        self.fc = nn.Sequential(nn.Flatten(), nn.LazyLinear(64), nn.SELU(), nn.Linear(64, n_mods))

    def forward(self, iq):
        return self.fc(self.stacks(iq))
