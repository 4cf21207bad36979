# residua-test: wrong target=Highway
# What is wrong: The carry term uses the transformed part instead of the input: the gate cancels out and the input is not carried.
import torch
import torch.nn as nn


class Highway(nn.Module):
    r"""Highway layers for the char-CNN word vectors.

    .. math::  y = g * f(A x) + (1 - g) * x,   g = sigmoid(B x)

    The gate bias starts negative: a fresh layer mostly carries its input.
    """

    def __init__(self, input_dim: int = 48, num_layers: int = 2, gate_bias: float = -2.0):
        super().__init__()
        self._layers = nn.ModuleList([nn.Linear(input_dim, input_dim * 2) for _ in range(num_layers)])
        for layer in self._layers:
            with torch.no_grad():
                layer.bias[input_dim:].fill_(gate_bias)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        current_input = inputs
        for layer in self._layers:
            projected = layer(current_input)
            nonlinear_part, gate = projected.chunk(2, dim=-1)
            nonlinear_part = torch.relu(nonlinear_part)
            gate = torch.sigmoid(gate)
            current_input = gate * nonlinear_part + (1 - gate) * nonlinear_part  # expect: R201
        return current_input
