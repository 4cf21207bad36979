# residua-test: wrong target=Highway args=size=32,num_layers=2
# What is wrong: The gate weights the input and its complement the transform, but the bias of -2 (meant to favour carrying) then closes the carry path: the layers start as almost pure transforms
import torch
import torch.nn as nn
import torch.nn.functional as F


class Highway(nn.Module):
    """Highway layers on top of the character CNN.

    The bias is negative so that, at the start of training, the layers simply carry their input
    (Srivastava et al., section 2.2).
    """

    def __init__(self, size: int, num_layers: int = 2, activation=F.relu, bias: float = -2.0):
        super(Highway, self).__init__()
        self.num_layers = num_layers
        self.nonlinear = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.gate = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.f = activation
        for g in self.gate:
            nn.init.constant_(g.bias, bias)  # expect

    def forward(self, x):
        """x: (batch, size) -> (batch, size)"""
        for layer in range(self.num_layers):
            gate = torch.sigmoid(self.gate[layer](x))  # expect
            nonlinear = self.f(self.nonlinear[layer](x))
            x = gate * x + (1 - gate) * nonlinear  # expect: R201
        return x


class CharEncoder(nn.Module):
    def __init__(self, n_chars=100, char_dim=16, filters=((1, 25), (2, 50), (3, 75))):
        super(CharEncoder, self).__init__()
        self.embed = nn.Embedding(n_chars, char_dim)
        self.convs = nn.ModuleList([nn.Conv1d(char_dim, n, w) for w, n in filters])
        self.highway = Highway(sum(n for _, n in filters))

    def forward(self, chars):
        e = self.embed(chars).transpose(1, 2)
        y = torch.cat([torch.tanh(c(e)).max(dim=-1)[0] for c in self.convs], dim=-1)
        return self.highway(y)
