# residua-test: wrong target=DQNResNet
# What is wrong: The skip is taken from x.data and is cut from the graph, so no gradient flows through the shortcut to earlier layers.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResFC(nn.Module):
    def __init__(self, n):
        super(ResFC, self).__init__()
        self.fc1 = nn.Linear(n, n)
        self.fc2 = nn.Linear(n, n)

    def forward(self, x):
        residual = x.data.clone()  # expect: R127
        out = F.relu(self.fc1(x))
        out = self.fc2(out)
        out += residual
        return F.relu(out)


class DQNResNet(nn.Module):
    """ dueling dqn for LunarLander, state (8) -> Q values (4) """

    def __init__(self, state_size=8, action_size=4, hidden=64, n_res=4):
        super(DQNResNet, self).__init__()
        self.inp = nn.Linear(state_size, hidden)
        self.res = nn.Sequential(*[ResFC(hidden) for i in range(n_res)])
        self.adv = nn.Linear(hidden, action_size)
        self.val = nn.Linear(hidden, 1)

    def forward(self, state):
        x = F.relu(self.inp(state))
        x = self.res(x)
        adv = self.adv(x)
        val = self.val(x)
        return val + adv - adv.mean(1, keepdim=True)
