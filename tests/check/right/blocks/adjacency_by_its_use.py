# residua-test: right target=GraphLayer
import torch
import torch.nn as nn


class GraphLayer(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.lin = nn.Linear(width, width)

    def forward(self, h, h0, g):
        near = 0.9 * torch.spmm(g, h) + 0.1 * h0
        return h + torch.relu(self.lin(near))
