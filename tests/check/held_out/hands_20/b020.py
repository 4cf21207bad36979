# residua-test: right target=Highway
# Why it is right: Highway layers with a carry gate: the gate multiplies the input and starts with bias +1, which favours carrying.
import torch
import torch.nn as nn


class Highway(nn.Module):
    """y = g * x + (1 - g) * f(x) over character features of a language model."""

    def __init__(self, input_dim=40, num_layers=2, activation=torch.relu):
        super().__init__()
        self.input_dim = input_dim
        self.layers = nn.ModuleList(
            [nn.Linear(input_dim, input_dim * 2) for _ in range(num_layers)])
        self.activation = activation
        for layer in self.layers:
            layer.bias[input_dim:].data.fill_(1)

    def forward(self, inputs):
        current = inputs
        for layer in self.layers:
            projected = layer(current)
            linear_part = current
            nonlinear_part, gate = projected.split(self.input_dim, dim=-1)
            nonlinear_part = self.activation(nonlinear_part)
            gate = torch.sigmoid(gate)
            current = gate * linear_part + (1 - gate) * nonlinear_part
        return current
