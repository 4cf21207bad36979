# residua-test: right target=DenseLayer
import torch, torch.nn as nn
class DenseLayer(nn.Module):
    def __init__(self, num_input_features, growth_rate=12, bn_size=4):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(num_input_features); self.conv1 = nn.Conv2d(num_input_features, bn_size * growth_rate, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(bn_size * growth_rate); self.conv2 = nn.Conv2d(bn_size * growth_rate, growth_rate, 3, padding=1, bias=False)
    def forward(self, x):
        y = self.conv1(torch.relu(self.norm1(x)))
        y = self.conv2(torch.relu(self.norm2(y)))
        return torch.cat([x, y], 1)
