# residua-test: wrong target=DeepResidual
# What is wrong: each layer of the loop reads x, so only the last layer contributes to the branch
import torch
import torch.nn as nn


class DeepResidual(nn.Module):
    def __init__(self, features, num_layers=3):
        super().__init__()
        self.layers = nn.ModuleList()  # expect
        for _ in range(num_layers):
            self.layers.append(nn.Sequential(  # expect
                nn.BatchNorm2d(features),
                nn.ReLU(),
                nn.Conv2d(features, features, 3, padding=1, bias=False),
            ))

    def forward(self, x):
        h = x
        for layer in self.layers:
            h = layer(x)  # expect: R103
        return x + h
