# residua-test: right target=FixupMLP
import torch
import torch.nn as nn
import torch.nn.functional as F


class FixupBlock(nn.Module):
    def __init__(self, dim):
        super(FixupBlock, self).__init__()
        self.bias1a = nn.Parameter(torch.zeros(1))
        self.fc1 = nn.Linear(dim, dim, bias=False)
        self.bias1b = nn.Parameter(torch.zeros(1))
        self.bias2a = nn.Parameter(torch.zeros(1))
        self.fc2 = nn.Linear(dim, dim, bias=False)
        self.scale = nn.Parameter(torch.ones(1))
        self.bias2b = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        out = self.fc1(x + self.bias1a)
        out = F.relu(out + self.bias1b)
        out = self.fc2(out + self.bias2a)
        out = out * self.scale + self.bias2b
        return F.relu(out + x)


class FixupMLP(nn.Module):
    """Tabular regression without any normalization layer."""

    def __init__(self, n_in=24, n_out=1, dim=64, num_blocks=6):
        super(FixupMLP, self).__init__()
        self.fc_in = nn.Linear(n_in, dim)
        self.blocks = nn.ModuleList(FixupBlock(dim) for _ in range(num_blocks))
        self.bias_out = nn.Parameter(torch.zeros(1))
        self.fc_out = nn.Linear(dim, n_out)
        self.reset_parameters()

    def reset_parameters(self):
        L = len(self.blocks)
        for b in self.blocks:
            nn.init.kaiming_normal_(b.fc1.weight, nonlinearity='relu')
            b.fc1.weight.data.mul_(L ** -0.5)
            nn.init.constant_(b.fc2.weight, 0)
        nn.init.constant_(self.fc_out.weight, 0)
        nn.init.constant_(self.fc_out.bias, 0)

    def forward(self, x):
        x = F.relu(self.fc_in(x))
        for b in self.blocks:
            x = b(x)
        return self.fc_out(x + self.bias_out)
