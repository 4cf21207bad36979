# residua-test: wrong target=Enc
import torch
import torch.nn as nn


device = torch.device("cuda")  # expect: R190


class Enc(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv1d(dim, dim, 3, padding=1)
        self.freq = torch.arange(dim, dtype=torch.float32, device=device)

    def forward(self, x):
        return x + self.conv(x + self.freq[None, :, None])
