# residua-test: right target=ImpalaAgent args='image_shape=(3,64,64),vector_dim=10,num_actions=6'
"""Actor-critic for observations {"image": (B, C, H, W) in 0..255, "vector": (B, vector_dim)}."""
from typing import Dict, Tuple

import torch
from torch import nn


class ResidualUnit(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.conv0 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        out = self.conv0(torch.relu(x))
        out = self.conv1(torch.relu(out))
        return out + x


class ConvSequence(nn.Module):
    def __init__(self, c_in: int, c_out: int):
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 3, padding=1)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.res0 = ResidualUnit(c_out)
        self.res1 = ResidualUnit(c_out)

    def forward(self, x):
        return self.res1(self.res0(self.pool(self.conv(x))))


class ImpalaAgent(nn.Module):
    def __init__(self, image_shape: Tuple[int, int, int], vector_dim: int, num_actions: int,
                 channels=(16, 32, 32), hidden: int = 256):
        super().__init__()
        c, h, w = image_shape
        seqs = []
        for out in channels:
            seqs.append(ConvSequence(c, out))
            c, h, w = out, (h + 1) // 2, (w + 1) // 2
        self.cnn = nn.Sequential(*seqs, nn.ReLU(), nn.Flatten())
        self.image_fc = nn.Linear(c * h * w, hidden)
        self.vector_fc = nn.Sequential(nn.Linear(vector_dim, 64), nn.Tanh())
        self.policy = nn.Linear(hidden + 64, num_actions)
        self.value = nn.Linear(hidden + 64, 1)

    def forward(self, obs: Dict[str, torch.Tensor]) -> Dict[str, torch.Tensor]:
        image = obs["image"].float() / 255.0
        z = torch.relu(self.image_fc(self.cnn(image)))
        z = torch.cat([z, self.vector_fc(obs["vector"])], dim=-1)
        return {"logits": self.policy(z), "value": self.value(z).squeeze(-1)}
