# residua-test: wrong target=ResnetPointnet
# What is wrong: The pooling between the blocks takes the maximum over the feature axis instead of the points, so no information passes between points.
import torch
import torch.nn as nn


class ResnetBlockFC(nn.Module):
    def __init__(self, size_in, size_out=None, size_h=None):
        super().__init__()
        size_out = size_out or size_in
        size_h = size_h or min(size_in, size_out)
        self.fc_0 = nn.Linear(size_in, size_h)
        self.fc_1 = nn.Linear(size_h, size_out)
        self.actvn = nn.ReLU()
        self.shortcut = None if size_in == size_out else nn.Linear(size_in, size_out, bias=False)
        nn.init.zeros_(self.fc_1.weight)

    def forward(self, x):
        net = self.fc_0(self.actvn(x))
        dx = self.fc_1(self.actvn(net))
        x_s = x if self.shortcut is None else self.shortcut(x)
        return x_s + dx


class ResnetPointnet(nn.Module):
    """PointNet encoder with residual blocks. p: (batch, points, 3) -> (batch, c_dim)."""

    def __init__(self, c_dim=32, dim=3, hidden_dim=32, n_blocks=3):
        super().__init__()
        self.fc_pos = nn.Linear(dim, 2 * hidden_dim)
        self.blocks = nn.ModuleList(ResnetBlockFC(2 * hidden_dim, hidden_dim) for _ in range(n_blocks))
        self.fc_c = nn.Linear(hidden_dim, c_dim)
        self.actvn = nn.ReLU()

    def forward(self, p):
        net = self.blocks[0](self.fc_pos(p))
        for block in self.blocks[1:]:
            pooled = net.max(dim=2, keepdim=True)[0].expand(net.size())  # expect
            net = block(torch.cat([net, pooled], dim=2))
        net = net.max(dim=1)[0]
        return self.fc_c(self.actvn(net))
