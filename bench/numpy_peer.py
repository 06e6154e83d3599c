"""NumPy's side of bench/run.sh: the captioning model in the style of the exercises, in float32: arrays are N x T x ...,
a timestep is a function forward and a function backward, and Python loops over the timesteps.

    /usr/bin/python3 bench/numpy_peer.py --help
"""
import sys

import numpy as np

import peer

KINDS = ["rnn", "lstm"]


def use_threads(count):
    """The threads are those of the BLAS library: OPENBLAS_NUM_THREADS or OMP_NUM_THREADS."""


def training_forms(kind, real):
    return ["exercise"]


def decoding_forms(kind, ends):
    return ["exercise"]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(0)


def temporal_affine_forward(x, w, b):
    n, t, d = x.shape
    return (x.reshape(n * t, d) @ w + b).reshape(n, t, -1), (x, w)


def temporal_affine_backward(dout, cache):
    x, w = cache
    n, t, d = x.shape
    dout = dout.reshape(n * t, -1)
    return (dout @ w.T).reshape(n, t, d), x.reshape(n * t, d).T @ dout, dout.sum(0)


def word_embedding_forward(words, w):
    return w[words], (words, w.shape)


def word_embedding_backward(dout, cache):
    words, shape = cache
    dw = np.zeros(shape, dout.dtype)
    np.add.at(dw, words, dout)
    return dw


def rnn_step_forward(x, prev_h, wx, wh, b):
    next_h = np.tanh(x @ wx + prev_h @ wh + b)
    return next_h, (x, prev_h, next_h, wx, wh)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, next_h, wx, wh = cache
    da = dnext_h * (1 - next_h * next_h)
    return da @ wx.T, da @ wh.T, x.T @ da, prev_h.T @ da, da.sum(0)


def rnn_forward(x, h0, wx, wh, b):
    n, t, _ = x.shape
    h, caches, prev_h = np.empty((n, t, h0.shape[1]), x.dtype), [], h0
    for step in range(t):
        prev_h, cache = rnn_step_forward(x[:, step], prev_h, wx, wh, b)
        h[:, step] = prev_h
        caches.append(cache)
    return h, caches


def rnn_backward(dh, caches):
    x, prev_h, _, wx, wh = caches[0]
    dx = np.empty((*dh.shape[:2], x.shape[1]), dh.dtype)
    dprev_h = np.zeros_like(prev_h)
    dwx, dwh, db = np.zeros_like(wx), np.zeros_like(wh), np.zeros(wh.shape[1], wh.dtype)
    for step in reversed(range(dh.shape[1])):
        dx[:, step], dprev_h, dwx_t, dwh_t, db_t = rnn_step_backward(dh[:, step] + dprev_h, caches[step])
        dwx += dwx_t
        dwh += dwh_t
        db += db_t
    return dx, dprev_h, dwx, dwh, db


def lstm_step_forward(x, prev_h, prev_c, wx, wh, b):
    size = prev_h.shape[1]
    a = x @ wx + prev_h @ wh + b
    i, f, o = (sigmoid(a[:, k * size:(k + 1) * size]) for k in range(3))
    g = np.tanh(a[:, 3 * size:])
    next_c = f * prev_c + i * g
    tanh_c = np.tanh(next_c)
    return o * tanh_c, next_c, (x, prev_h, prev_c, i, f, o, g, tanh_c, wx, wh)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, i, f, o, g, tanh_c, wx, wh = cache
    dc = dnext_c + dnext_h * o * (1 - tanh_c * tanh_c)
    da = np.hstack((
        dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dnext_h * tanh_c * o * (1 - o), dc * i * (1 - g * g)))
    return da @ wx.T, da @ wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(0)


def lstm_forward(x, h0, wx, wh, b):
    n, t, _ = x.shape
    h, caches, prev_h, prev_c = np.empty((n, t, h0.shape[1]), x.dtype), [], h0, np.zeros_like(h0)
    for step in range(t):
        prev_h, prev_c, cache = lstm_step_forward(x[:, step], prev_h, prev_c, wx, wh, b)
        h[:, step] = prev_h
        caches.append(cache)
    return h, caches


def lstm_backward(dh, caches):
    x, prev_h, *_, wx, wh = caches[0]
    dx = np.empty((*dh.shape[:2], x.shape[1]), dh.dtype)
    dprev_h, dprev_c = np.zeros_like(prev_h), np.zeros_like(prev_h)
    dwx, dwh, db = np.zeros_like(wx), np.zeros_like(wh), np.zeros(wh.shape[1], wh.dtype)
    for step in reversed(range(dh.shape[1])):
        dx[:, step], dprev_h, dprev_c, dwx_t, dwh_t, db_t = lstm_step_backward(
            dh[:, step] + dprev_h, dprev_c, caches[step])
        dwx += dwx_t
        dwh += dwh_t
        db += db_t
    return dx, dprev_h, dwx, dwh, db


def temporal_softmax_loss(x, y, mask):
    n, t, v = x.shape
    x, y, mask = x.reshape(n * t, v), y.reshape(n * t), mask.reshape(n * t)
    probabilities = np.exp(x - x.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    rows = np.arange(n * t)
    loss = -np.sum(mask * np.log(probabilities[rows, y])) / n
    dx = probabilities
    dx[rows, y] -= 1
    dx /= n
    dx *= mask[:, None]
    return loss, dx.reshape(n, t, v)


def adam(w, dw, config):
    config["t"] += 1
    config["m"] = 0.9 * config["m"] + (1 - 0.9) * dw
    config["v"] = 0.999 * config["v"] + (1 - 0.999) * dw**2
    m = config["m"] / (1 - 0.9**config["t"])
    v = config["v"] / (1 - 0.999**config["t"])
    return w - peer.LEARNING_RATE * m / (np.sqrt(v) + 1e-8)


def initial_weights(cell, sizes):
    rng, gates = np.random.default_rng(231), 4 if cell == "lstm" else 1
    normal = lambda rows, columns: rng.standard_normal((rows, columns), np.float32) / np.float32(np.sqrt(rows))
    zeros = lambda size: np.zeros(size, np.float32)
    return {
        "W_proj": normal(sizes.D, sizes.H), "b_proj": zeros(sizes.H),
        "W_embed": rng.standard_normal((sizes.V, sizes.W), np.float32) / 100,
        "Wx": normal(sizes.W, gates * sizes.H), "Wh": normal(sizes.H, gates * sizes.H), "b": zeros(gates * sizes.H),
        "W_vocab": normal(sizes.H, sizes.V), "b_vocab": zeros(sizes.V),
    }


def loss_and_gradients(cell, w, features, captions):
    forward, backward = (lstm_forward, lstm_backward) if cell == "lstm" else (rnn_forward, rnn_backward)
    words, targets = captions[:, :-1], captions[:, 1:]
    h0, h0_cache = affine_forward(features, w["W_proj"], w["b_proj"])
    x, x_cache = word_embedding_forward(words, w["W_embed"])
    h, h_cache = forward(x, h0, w["Wx"], w["Wh"], w["b"])
    scores, scores_cache = temporal_affine_forward(h, w["W_vocab"], w["b_vocab"])
    loss, dscores = temporal_softmax_loss(scores, targets, targets != 0)

    grads = {}
    dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, scores_cache)
    dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = backward(dh, h_cache)
    grads["W_embed"] = word_embedding_backward(dx, x_cache)
    _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, h0_cache)
    return loss, grads


def training(cell, sizes, minibatches, weights, form):
    w = dict(weights or initial_weights(cell, sizes))
    configs = {name: {"t": 0, "m": np.zeros_like(value), "v": np.zeros_like(value)} for name, value in w.items()}

    def run():
        losses = []
        for features, captions in minibatches:
            loss, grads = loss_and_gradients(cell, w, features, captions)
            for name in w:
                w[name] = adam(w[name], grads[name], configs[name])
            losses.append(loss)
        return losses

    return run


def gradients(cell, sizes, minibatch, weights):
    return loss_and_gradients(cell, weights, *minibatch)[1]


def decoding(cell, sizes, features, length, end, weights, form):
    w = weights or initial_weights(cell, sizes)

    def run():
        n = len(features)
        captions = np.zeros((n, length), np.int64)
        words, ended = np.full(n, peer.START), np.zeros(n, bool)
        h, _ = affine_forward(features, w["W_proj"], w["b_proj"])
        c = np.zeros_like(h)
        for t in range(length):
            x, _ = word_embedding_forward(words, w["W_embed"])
            if cell == "lstm":
                h, c, _ = lstm_step_forward(x, h, c, w["Wx"], w["Wh"], w["b"])
            else:
                h, _ = rnn_step_forward(x, h, w["Wx"], w["Wh"], w["b"])
            scores, _ = affine_forward(h, w["W_vocab"], w["b_vocab"])
            words = scores.argmax(axis=1)
            captions[:, t] = np.where(ended, 0, words)
            ended |= words == end  # Nothing equals None: such captions do not end.
            if ended.all():
                break
        return captions

    return run


if __name__ == "__main__":
    peer.main(sys.modules[__name__], __doc__.split("\n")[0])
