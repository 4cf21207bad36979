# residua-test: wrong target=ActorCritic
# What is wrong: The residual towers sit in a plain dict, so their parameters are not registered: not optimized, not saved, not moved.
import torch
import torch.nn as nn
from torch.distributions import Categorical


def ortho(layer, gain=2 ** 0.5):
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer


class ResTower(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.layers = nn.ModuleList([
            nn.Sequential(nn.LayerNorm(width), nn.Tanh(), ortho(nn.Linear(width, width)))
            for _ in range(depth)
        ])

    def forward(self, x):
        for layer in self.layers:
            x = x + layer(x)
        return x


class ActorCritic(nn.Module):
    """PPO agent with separate residual towers for policy and value."""

    def __init__(self, obs_dim=12, n_actions=4, width=64, depth=2):
        super().__init__()
        self.embed = ortho(nn.Linear(obs_dim, width))
        self.towers = {name: ResTower(width, depth) for name in ("pi", "v")}  # expect: R125
        self.pi_head = ortho(nn.Linear(width, n_actions), 0.01)
        self.v_head = ortho(nn.Linear(width, 1), 1.0)

    def forward(self, obs):
        z = self.embed(obs)
        logits = self.pi_head(self.towers["pi"](z))
        value = self.v_head(self.towers["v"](z)).squeeze(-1)
        return logits, value

    @torch.no_grad()
    def act(self, obs):
        logits, value = self(obs)
        dist = Categorical(logits=logits)
        a = dist.sample()
        return a, dist.log_prob(a), value
