# residua-test: right target=RecurrentResNet
import torch
import torch.nn as nn


class RecurrentResNet(nn.Module):
    """Weight-tied residual network (deep thinking style): one block is iterated n_iter times.

    The input is injected again at every iteration. Sharing the weights is the point of the model.
    """

    def __init__(self, width=32, n_iter=5, num_classes=10):
        super().__init__()
        self.n_iter = n_iter
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, 2, 1, bias=False), nn.GroupNorm(4, width), nn.ReLU())
        self.step = nn.Sequential(
            nn.Conv2d(2 * width, width, 3, padding=1, bias=False), nn.GroupNorm(4, width), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.GroupNorm(4, width))
        self.head = nn.Linear(width, num_classes)

    def forward(self, x):
        inject = self.stem(x)
        state = inject
        for _ in range(self.n_iter):
            update = self.step(torch.cat([state, inject], dim=1))
            state = torch.relu(state + update)
        return self.head(state.mean(dim=(2, 3)))
