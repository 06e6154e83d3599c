"""Weights after ten steps of each update rule in NumPy. Needs numpy."""
import random

import numpy as np

from golden_file import numbers, save

STEPS, COUNT, DECAY = 10, 41, 0.2
draw = random.Random(5)
given = {
    'weights': numbers(draw, COUNT), 'gradients': numbers(draw, STEPS, COUNT),
    'rates': [0.03 * 0.9 ** i for i in range(STEPS)],
}


def run(rule, decay):
    w = np.array(given['weights'])
    v, m, s = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    for t, (dw, rate) in enumerate(zip(np.array(given['gradients']), given['rates']), start=1):
        if rule == 'Sgd':
            w = w - rate * dw
        elif rule == 'Momentum':
            v = 0.9 * v - rate * dw
            w = w + v
        elif rule == 'RmsProp':
            s = 0.99 * s + (1 - 0.99) * dw ** 2
            w = w - rate * dw / (np.sqrt(s) + 1e-8)
        else:
            if rule == 'AdamW':
                w = w - rate * decay * w
            m = 0.9 * m + (1 - 0.9) * dw
            s = 0.999 * s + (1 - 0.999) * dw ** 2
            w = w - rate * (m / (1 - 0.9 ** t)) / (np.sqrt(s / (1 - 0.999 ** t)) + 1e-8)
    return w.tolist()


# Only AdamW decays weights, and biases never do.
save('optimizers', {'given': given, 'expected': {
    rule: {'weights': run(rule, DECAY), 'biases': run(rule, 0)}
    for rule in ('Sgd', 'Momentum', 'RmsProp', 'Adam', 'AdamW')
}})
