"""States and gradients of PyTorch's nn.GRU. Needs torch."""
import random

import torch

from golden_file import numbers, save

torch.set_default_dtype(torch.float64)
T, N, D, H = 4, 3, 5, 6
draw = random.Random(3)
given = {
    'x': numbers(draw, T, N, D), 'h0': numbers(draw, N, H), 'dH': numbers(draw, T, N, H),
    'Wx': numbers(draw, D, 3 * H, scale=.4), 'Wh': numbers(draw, H, 3 * H, scale=.4),
    'b': numbers(draw, 3 * H), 'bh': numbers(draw, H),
}
t = {name: torch.tensor(value) for name, value in given.items()}
x, h0 = t['x'].requires_grad_(), t['h0'].requires_grad_()

# PyTorch keeps weights transposed and has hidden biases of r and z, here zero.
gru = torch.nn.GRU(D, H)
with torch.no_grad():
    gru.weight_ih_l0.copy_(t['Wx'].T)
    gru.weight_hh_l0.copy_(t['Wh'].T)
    gru.bias_ih_l0.copy_(t['b'])
    gru.bias_hh_l0.zero_()
    gru.bias_hh_l0[2 * H:] = t['bh']
h, _ = gru(x, h0[None])
(h * t['dH']).sum().backward()
save('gru', {'given': given, 'expected': {name: tensor.detach().tolist() for name, tensor in {
    'h': h, 'dX': x.grad, 'dH0': h0.grad, 'dWx': gru.weight_ih_l0.grad.T, 'dWh': gru.weight_hh_l0.grad.T,
    'dB': gru.bias_ih_l0.grad, 'dBh': gru.bias_hh_l0.grad[2 * H:],
}.items()}})
