"""States, attention weights and gradients of an attention LSTM by PyTorch's autograd. Needs torch."""
import random

import torch

from golden_file import numbers, save

torch.set_default_dtype(torch.float64)
T, N, D, H, P, U = 4, 3, 5, 6, 4, 7


def case(additive):
    draw = random.Random(3)
    given = {
        'x': numbers(draw, T, N, D), 'grid': numbers(draw, N, P, H), 'dH': numbers(draw, T, N, H),
        'Wx': numbers(draw, D, 4 * H, scale=.4), 'Wh': numbers(draw, H, 4 * H, scale=.4),
        'Wattn': numbers(draw, H, 4 * H, scale=.4), 'b': numbers(draw, 4 * H),
    }
    if additive:
        given |= {
            'Wkey': numbers(draw, H, U, scale=.4), 'bkey': numbers(draw, U),
            'Wquery': numbers(draw, H, U, scale=.4), 'v': numbers(draw, U, 1),
        }
    t = {name: torch.tensor(value).requires_grad_() for name, value in given.items()}
    grid = t['grid']
    h = c = grid.mean(1)
    states, attention = [], []
    for x_t in t['x']:
        if additive:
            keys = grid @ t['Wkey'] + t['bkey']
            e = (torch.tanh(keys + (h @ t['Wquery'])[:, None]) @ t['v'])[:, :, 0]
        else:
            e = torch.bmm(grid, h[:, :, None])[:, :, 0] / H ** .5
        alpha = torch.softmax(e, 1)
        z = (alpha[:, :, None] * grid).sum(1)
        a = x_t @ t['Wx'] + h @ t['Wh'] + z @ t['Wattn'] + t['b']
        i, f, o, g = a.chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        states.append(h)
        attention.append(alpha)
    h = torch.stack(states)
    (h * t['dH'].detach()).sum().backward()
    gradients = {'d' + name: t[name].grad.tolist() for name in given if name != 'dH'}
    return {
        'given': given,
        'expected': {'h': h.detach().tolist(), 'alpha': torch.stack(attention).detach().tolist(), **gradients},
    }


save('attention_lstm', {'dot': case(False), 'additive': case(True)})
