"""PyTorch's side of bench/run.sh, at its best: data ready as tensors, time-major, real captions packed or padded, Adam
over all parameters at once or one by one, and decoding with whichever of PyTorch's own modules is fastest.

    /usr/bin/python3 bench/torch_peer.py --help
"""
import sys

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import peer

TRAINING_FORMS = ["adam one by one", "adam at once"]
REAL_TRAINING_FORMS = [f"{data}, {adam}" for data in ("packed", "padded") for adam in TRAINING_FORMS]
DECODING_FORMS = ["layer", "cell", "scripted cell"]
ENDING_DECODING_FORMS = DECODING_FORMS + ["layer, dropping", "cell, dropping"]


def use_threads(count):
    torch.set_num_threads(count)
    torch.manual_seed(231)


class Captioner(nn.Module):
    def __init__(self, cell, sizes, weights):
        super().__init__()
        self.cell = cell
        self.project = nn.Linear(sizes.D, sizes.H)
        self.embed = nn.Embedding(sizes.V, sizes.W)
        self.recurrent = (nn.LSTM if cell == "lstm" else nn.RNN)(sizes.W, sizes.H)
        self.score = nn.Linear(sizes.H, sizes.V)
        # PyTorch has two biases where one does: the second stays zero and is not trained.
        nn.init.zeros_(self.recurrent.bias_hh_l0).requires_grad_(False)
        if weights:
            with torch.no_grad():
                for name, parameter in self.exercise_parameters().items():
                    value = weights[name] if name == "W_embed" else self.reorder_gates(name, weights[name].T)
                    parameter.copy_(torch.from_numpy(value.copy()))

    def exercise_parameters(self):
        """Parameters under the exercise's names; all are the exercise's transposed, but for the words' vectors."""
        return {
            "W_proj": self.project.weight, "b_proj": self.project.bias, "W_embed": self.embed.weight,
            "Wx": self.recurrent.weight_ih_l0, "Wh": self.recurrent.weight_hh_l0, "b": self.recurrent.bias_ih_l0,
            "W_vocab": self.score.weight, "b_vocab": self.score.bias,
        }

    def reorder_gates(self, name, rows):
        """From the exercise's order of the gates, i, f, o, g, to PyTorch's: i, f, g, o."""
        if self.cell != "lstm" or name not in ("Wx", "Wh", "b"):
            return rows
        i, f, o, g = np.split(rows, 4)
        return np.concatenate([i, f, g, o])

    def begin(self, features):
        h = self.project(features).unsqueeze(0)
        return (h, torch.zeros_like(h)) if self.cell == "lstm" else h

    def loss(self, features, words, targets, n):
        """words and targets: T x N ids, or both packed."""
        if isinstance(words, PackedSequence):
            words, targets = words._replace(data=self.embed(words.data)), targets.data
            states = self.recurrent(words, self.begin(features))[0].data
        else:
            states = self.recurrent(self.embed(words), self.begin(features))[0].flatten(0, 1)
            targets = targets.flatten()
        return nn.functional.cross_entropy(self.score(states), targets, ignore_index=0, reduction="sum") / n


def as_tensors(minibatch, packed):
    """Features, words to read and words to say; packed from the longest caption to the shortest."""
    features, captions = minibatch
    words, targets = captions[:, :-1], captions[:, 1:]
    lengths = (targets != 0).sum(1)
    if packed:
        order = np.argsort(-lengths, kind="stable")
        pack = lambda ids: pack_padded_sequence(torch.from_numpy(ids[order].T.copy()), torch.from_numpy(lengths[order]))
        return torch.from_numpy(features[order]), pack(words), pack(targets), len(features)
    longest = lengths.max()
    cut = lambda ids: torch.from_numpy(ids[:, :longest].T.copy())
    return torch.from_numpy(features), cut(words), cut(targets), len(features)


def training(cell, sizes, minibatches, weights, form):
    model = Captioner(cell, sizes, weights)
    data = [as_tensors(minibatch, "packed" in form) for minibatch in minibatches]
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, peer.LEARNING_RATE, foreach="at once" in form)

    def run():
        losses = []
        for minibatch in data:
            optimizer.zero_grad(set_to_none=True)
            loss = model.loss(*minibatch)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    return run


def gradients(cell, sizes, minibatch, weights):
    model = Captioner(cell, sizes, weights)
    model.loss(*as_tensors(minibatch, packed=True)).backward()
    return {name: parameter.grad.numpy() for name, parameter in model.exercise_parameters().items()}


class LayerStep(nn.Module):
    """A word more with the layer that training uses."""

    def __init__(self, model):
        super().__init__()
        self.embed, self.recurrent, self.score = model.embed, model.recurrent, model.score

    def forward(self, words, state):
        output, state = self.recurrent(self.embed(words).unsqueeze(0), state)
        return self.score(output[0]).argmax(-1), state


class RnnCellStep(nn.Module):
    """A word more with PyTorch's cell."""

    def __init__(self, model):
        super().__init__()
        self.embed, self.score = model.embed, model.score
        self.cell = nn.RNNCell(model.recurrent.input_size, model.recurrent.hidden_size)
        take_weights(self.cell, model.recurrent)

    def forward(self, words, state):
        h = self.cell(self.embed(words), state[0])
        return self.score(h).argmax(-1), h.unsqueeze(0)


class LstmCellStep(nn.Module):
    """A word more with PyTorch's cell."""

    def __init__(self, model):
        super().__init__()
        self.embed, self.score = model.embed, model.score
        self.cell = nn.LSTMCell(model.recurrent.input_size, model.recurrent.hidden_size)
        take_weights(self.cell, model.recurrent)

    def forward(self, words, state):
        h, c = self.cell(self.embed(words), (state[0][0], state[1][0]))
        return self.score(h).argmax(-1), (h.unsqueeze(0), c.unsqueeze(0))


def take_weights(cell, layer):
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        getattr(cell, name).data = getattr(layer, f"{name}_l0").data


def decoding_step(model, form, n):
    if form.startswith("layer"):
        return LayerStep(model)
    step = LstmCellStep(model) if model.cell == "lstm" else RnnCellStep(model)
    if not form.startswith("scripted"):
        return step
    state = model.begin(torch.zeros(n, model.project.in_features))
    traced = torch.jit.trace(step.eval(), (torch.ones(n, dtype=torch.long), state), check_trace=False)
    return torch.jit.freeze(traced)


def decoding(cell, sizes, features, length, end, weights, form):
    model = Captioner(cell, sizes, weights).eval().requires_grad_(False)
    features = torch.from_numpy(features)
    step = decoding_step(model, form, len(features))
    drops = "dropping" in form

    def keep(state, rows):
        return tuple(part[:, rows] for part in state) if cell == "lstm" else state[:, rows]

    @torch.inference_mode()
    def run():
        n = len(features)
        captions = torch.zeros(length, n, dtype=torch.long)
        words, state = torch.full((n,), peer.START), model.begin(features)
        going, ended = torch.arange(n), torch.zeros(n, dtype=torch.bool)
        for t in range(length):
            words, state = step(words, state)
            if end is None:
                captions[t] = words
            elif drops:
                captions[t, going] = words
                rows = (words != end).nonzero().squeeze(1)
                if len(rows) == 0:
                    break
                if len(rows) < len(words):
                    words, going, state = words[rows], going[rows], keep(state, rows)
            else:
                captions[t] = words.masked_fill(ended, 0)
                ended |= words == end
                if ended.all():
                    break
        return captions.T.numpy()

    return run


if __name__ == "__main__":
    peer.main(sys.modules[__name__], __doc__.split("\n")[0])
