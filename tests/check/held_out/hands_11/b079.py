# residua-test: wrong target=ActorCritic
# What is wrong: squeeze() without dims also removes the batch axis when one observation is given: batch 1 comes out as (n_actions,) and a scalar value.
import torch
import torch.nn as nn
from torch.distributions import Categorical


class ResBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c1 = nn.Conv2d(c, c, 3, 1, 1)
        self.c2 = nn.Conv2d(c, c, 3, 1, 1)
        self.relu = nn.ReLU()

    def forward(self, x):
        return x + self.c2(self.relu(self.c1(self.relu(x))))


class ActorCritic(nn.Module):
    def __init__(self, in_planes=5, n_actions=4, c=32, n_blocks=3):
        super().__init__()
        self.stem = nn.Conv2d(in_planes, c, 3, 1, 1)
        self.trunk = nn.Sequential(*[ResBlock(c) for _ in range(n_blocks)], nn.ReLU())
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.actor = nn.Linear(c, n_actions)
        self.critic = nn.Linear(c, 1)

    def forward(self, obs):
        z = self.pool(self.trunk(self.stem(obs))).squeeze()  # expect: R192
        return self.actor(z), self.critic(z)

    @torch.no_grad()
    def act(self, obs):
        logits, value = self(obs)
        dist = Categorical(logits=logits)
        a = dist.sample()
        return a, dist.log_prob(a), value
