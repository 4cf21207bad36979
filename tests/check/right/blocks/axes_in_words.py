# residua-test: right target=Head
from torch import nn


class Head(nn.Module):
    def __init__(self, n_vars, d_model, output_dim):
        super().__init__()
        self.flatten = nn.Flatten(start_dim=1)
        self.linear = nn.Linear(n_vars * d_model, output_dim)

    def forward(self, x):
        """
        x: [bs x nvars x d_model x num_patch]
        output: [bs x output_dim]
        """
        return self.linear(self.flatten(x[:, :, :, -1]))
