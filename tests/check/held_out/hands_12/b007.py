# residua-test: wrong target=EncoderLayer
# What is wrong: the second residual adds the layer's inputs instead of the output of the first sublayer, so attention is bypassed by the skip
import torch
import torch.nn as nn


class PositionWiseFeedForward(nn.Module):
    def __init__(self, d_model, d_ff):
        super().__init__()
        self.w_1 = nn.Linear(d_model, d_ff)
        self.w_2 = nn.Linear(d_ff, d_model)

    def forward(self, inputs):
        return self.w_2(torch.relu(self.w_1(inputs)))


class EncoderLayer(nn.Module):
    def __init__(self, d_model, attention_head_count, d_ff, dropout_prob=0.1):
        super().__init__()
        self.multi_head_attention = nn.MultiheadAttention(d_model, attention_head_count, batch_first=True)
        self.position_wise_feed_forward = PositionWiseFeedForward(d_model, d_ff)
        self.dropout_1 = nn.Dropout(dropout_prob)
        self.dropout_2 = nn.Dropout(dropout_prob)
        self.layer_norm_1 = nn.LayerNorm(d_model, eps=1e-6)
        self.layer_norm_2 = nn.LayerNorm(d_model, eps=1e-6)

    def forward(self, inputs, mask=None):
        output, attention = self.multi_head_attention(inputs, inputs, inputs, key_padding_mask=mask)
        output = self.dropout_1(output)
        output = self.layer_norm_1(inputs + output)  # residual network

        output = self.position_wise_feed_forward(output)
        output = self.dropout_2(output)
        output = self.layer_norm_2(inputs + output)  # residual network  # expect: R178
        return output, attention
