"""Loss and gradients of the exercises' captioning model in NumPy, with their order of axes. Needs numpy."""
import random

import numpy as np

from golden_file import numbers, save

N, WIDTH, D, W, H, V = 6, 8, 9, 7, 5, 14


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(p, cell, features, words):
    N, T = words.shape
    h, c = features @ p['W_proj'] + p['b_proj'], np.zeros((N, H))
    steps, hs = [], np.zeros((N, T, H))
    for t in range(T):
        x = p['W_embed'][words[:, t]]
        a = x @ p['Wx'] + h @ p['Wh'] + p['b']
        if cell == 'rnn':
            gates, next_c, next_h = None, c, np.tanh(a)
        else:
            ai, af, ao, ag = np.split(a, 4, axis=1)
            gates = i, f, o, g = sigmoid(ai), sigmoid(af), sigmoid(ao), np.tanh(ag)
            next_c = f * c + i * g
            next_h = o * np.tanh(next_c)
        steps.append((x, h, c, gates, next_h, next_c))
        h, c = next_h, next_c
        hs[:, t] = h
    return hs, steps


def backward_step(p, cell, step, dh, dc, d):
    x, h, c, gates, next_h, next_c = step
    if cell == 'rnn':
        da = dh * (1 - next_h ** 2)
    else:
        i, f, o, g = gates
        dc = dc + dh * o * (1 - np.tanh(next_c) ** 2)
        da = np.concatenate([
            dc * g * i * (1 - i), dc * c * f * (1 - f), dh * np.tanh(next_c) * o * (1 - o), dc * i * (1 - g ** 2)], axis=1)
        dc = dc * f
    d['Wx'] += x.T @ da
    d['Wh'] += h.T @ da
    d['b'] += da.sum(axis=0)
    return da @ p['Wx'].T, da @ p['Wh'].T, dc


def loss_and_gradients(p, cell, features, captions):
    inputs, targets = captions[:, :-1], captions[:, 1:]
    N, T = inputs.shape
    hs, steps = forward(p, cell, features, inputs)
    scores = hs @ p['W_vocab'] + p['b_vocab']
    scores = scores - scores.max(axis=2, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
    counts = (targets != 0).astype(float)
    n, t = np.arange(N)[:, None], np.arange(T)[None, :]
    loss = -(counts * np.log(probabilities[n, t, targets])).sum() / N
    dscores = probabilities.copy()
    dscores[n, t, targets] -= 1
    dscores *= counts[:, :, None] / N
    d = {name: np.zeros_like(value) for name, value in p.items()}
    d['W_vocab'] = np.einsum('nth,ntv->hv', hs, dscores)
    d['b_vocab'] = dscores.sum(axis=(0, 1))
    dhs = dscores @ p['W_vocab'].T
    dh, dc = np.zeros_like(dhs[:, 0]), np.zeros_like(dhs[:, 0])
    for t in reversed(range(T)):
        dx, dh, dc = backward_step(p, cell, steps[t], dhs[:, t] + dh, dc, d)
        np.add.at(d['W_embed'], inputs[:, t], dx)
    d['W_proj'] = features.T @ dh
    d['b_proj'] = dh.sum(axis=0)
    return loss, d


def case(cell):
    draw, gates = random.Random(11), 1 if cell == 'rnn' else 4
    shapes = {
        'W_proj': (D, H), 'b_proj': (H,), 'W_embed': (V, W), 'Wx': (W, gates * H), 'Wh': (H, gates * H),
        'b': (gates * H,), 'W_vocab': (H, V), 'b_vocab': (V,),
    }
    given = {
        'features': numbers(draw, N, D), 'captions': [[draw.randrange(V) for _ in range(WIDTH)] for _ in range(N)],
        'parameters': {name: numbers(draw, *shape, scale=.7) for name, shape in shapes.items()},
    }
    p = {name: np.array(value) for name, value in given['parameters'].items()}
    loss, d = loss_and_gradients(p, cell, np.array(given['features']), np.array(given['captions']))
    gradients = {name: value.tolist() for name, value in d.items()}
    return {'given': given, 'expected': {'loss': float(loss), 'gradients': gradients}}


save('captioning_model', {cell: case(cell) for cell in ('rnn', 'lstm')})
