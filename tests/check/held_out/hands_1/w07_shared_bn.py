# residua-test: wrong target=Bloque
# What is wrong: one BatchNorm used after both convolutions
import torch
import torch.nn as nn

# Bloque residual para clasificación de hojas
class Bloque(nn.Module):
    def __init__(self, canales_in, canales_out, stride=1):
        super().__init__()
        self.conv_a = nn.Conv2d(canales_in, canales_out, 3, stride, 1, bias=False)
        self.conv_b = nn.Conv2d(canales_out, canales_out, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(canales_out)  # expect
        self.relu = nn.ReLU(inplace=True)
        self.atajo = None
        if stride != 1 or canales_in != canales_out:
            self.atajo = nn.Sequential(nn.Conv2d(canales_in, canales_out, 1, stride, bias=False),
                                       nn.BatchNorm2d(canales_out))

    def forward(self, x):
        y = self.relu(self.bn(self.conv_a(x)))  # expect
        y = self.bn(self.conv_b(y))  # expect: R121
        z = x if self.atajo is None else self.atajo(x)
        return self.relu(y + z)
