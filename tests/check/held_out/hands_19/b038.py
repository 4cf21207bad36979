# residua-test: wrong target=AttnBlock args='batch_size=4, in_dim=32'
# What is wrong: gamma has one value per sample of the batch; it must be a single learned scalar, and another batch size does not even run.
import torch
import torch.nn as nn
import torch.nn.functional as F


class AttnBlock(nn.Module):
    def __init__(self, batch_size, in_dim):
        super().__init__()
        self.f = nn.utils.spectral_norm(nn.Conv1d(in_dim, in_dim // 8, 1))
        self.g = nn.utils.spectral_norm(nn.Conv1d(in_dim, in_dim // 8, 1))
        self.h = nn.utils.spectral_norm(nn.Conv1d(in_dim, in_dim, 1))
        self.gamma = nn.Parameter(torch.zeros(batch_size, 1, 1, 1))  # expect: R133

    def forward(self, x):
        shape = x.shape
        flat = x.reshape(shape[0], shape[1], -1)
        q = self.f(flat).transpose(1, 2)
        k = self.g(flat)
        v = self.h(flat)
        attn = F.softmax(q @ k, dim=-1)
        out = v @ attn.transpose(1, 2)
        return self.gamma * out.view(*shape) + x  # found: R115
