# residua-test: wrong target=ResidualMLP
# What is wrong: the BatchNorm layers are created anew in forward: no trained affine, no running statistics and always batch statistics, also after eval().
import torch
import torch.nn as nn


class ResidualMLP(nn.Module):
    '''features -> regression targets, residual layers of equal width'''

    def __init__(self, input_size, output_size, hidden_size=100, n_res=4):
        super(ResidualMLP, self).__init__()
        self.hidden_size = hidden_size
        self.first = nn.Linear(input_size, hidden_size)
        self.res_linears = nn.ModuleList([nn.Linear(hidden_size, hidden_size) for _ in range(n_res)])
        self.last = nn.Linear(hidden_size, output_size)
        self.act = nn.ReLU()

    def count_params(self):
        return sum([p.view(-1).shape[0] for p in self.parameters()])

    def forward(self, x):
        f = self.first(x)
        for lin in self.res_linears:
            bn = nn.BatchNorm1d(self.hidden_size)  # expect: R158
            f = f + lin(self.act(bn(f)))  # found: R147
        return self.last(f)
