"""The exercises' networks in PyTorch, for torch_peer.py: an RNN, LSTM or GRU whose first hidden state is the image."""
import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

LAYERS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
CELLS = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}


class Network(nn.Module):
    """What all networks have in common. parts() says where ShowTell's parameters are: name -> (parameter, index)."""

    batch_first = False

    def load(self, weights):
        with torch.no_grad():
            for name, (parameter, index) in self.parts().items() if weights else ():
                value = weights[name] if name == "W_embed" else self.reorder_gates(name, weights[name].T)
                parameter[index] = torch.from_numpy(value.copy())

    def gradients(self):
        return {name: parameter.grad[index].numpy() for name, (parameter, index) in self.parts().items()}

    def reorder_gates(self, name, rows):
        return rows

    def mask_gradients(self):
        """Clears the gradients of what is not trained."""

    def cross_entropy(self, states, targets, n):
        return nn.functional.cross_entropy(self.score(states), targets, ignore_index=0, reduction="sum") / n


class RecurrentNetwork(Network):
    def __init__(self, kind, sizes, weights):
        super().__init__()
        self.kind = kind
        self.project = nn.Linear(sizes.D, sizes.H)
        self.embed = nn.Embedding(sizes.V, sizes.W)
        self.recurrent = LAYERS[kind](sizes.W, sizes.H)
        self.score = nn.Linear(sizes.H, sizes.V)
        # PyTorch has two biases where one does: the second stays zero and is not trained, but for a GRU's last gate.
        nn.init.zeros_(self.recurrent.bias_hh_l0).requires_grad_(kind == "gru")
        self.load(weights)

    def parts(self):
        layer, size = self.recurrent, self.recurrent.hidden_size
        parts = {
            "W_proj": self.project.weight, "b_proj": self.project.bias, "W_embed": self.embed.weight,
            "Wx": layer.weight_ih_l0, "Wh": layer.weight_hh_l0, "b": layer.bias_ih_l0,
            "W_vocab": self.score.weight, "b_vocab": self.score.bias,
        }
        parts = {name: (parameter, ...) for name, parameter in parts.items()}
        return {**parts, "bh": (layer.bias_hh_l0, slice(2 * size, None))} if self.kind == "gru" else parts

    def reorder_gates(self, name, rows):
        """From the exercise's order of an LSTM's gates, i, f, o, g, to PyTorch's: i, f, g, o."""
        if self.kind != "lstm" or name not in ("Wx", "Wh", "b"):
            return rows
        i, f, o, g = np.split(rows, 4)
        return np.concatenate([i, f, g, o])

    def mask_gradients(self):
        if self.kind == "gru":
            self.recurrent.bias_hh_l0.grad[:2 * self.recurrent.hidden_size] = 0

    def begin(self, features):
        h = self.project(features).unsqueeze(0)
        return (h, torch.zeros_like(h)) if self.kind == "lstm" else h

    def loss(self, features, words, targets, n):
        """words and targets: T x N ids, or both packed."""
        if isinstance(words, PackedSequence):
            words, targets = words._replace(data=self.embed(words.data)), targets.data
            states = self.recurrent(words, self.begin(features))[0].data
        else:
            states = self.recurrent(self.embed(words), self.begin(features))[0].flatten(0, 1)
            targets = targets.flatten()
        return self.cross_entropy(states, targets, n)

    def step(self, form, n, length):
        """What reads a word and says the next."""
        if form.startswith("layer"):
            return LayerStep(self)
        step = LstmCellStep(self) if self.kind == "lstm" else CellStep(self)
        if not form.startswith("scripted"):
            return step
        return frozen(step, n, self.begin(torch.zeros(n, self.project.in_features)))

    def keep(self, state, rows):
        return tuple(part[:, rows] for part in state) if self.kind == "lstm" else state[:, rows]


def frozen(step, n, state):
    return torch.jit.freeze(torch.jit.trace(step.eval(), (torch.ones(n, dtype=torch.long), state), check_trace=False))


class LayerStep(nn.Module):
    """With the layer that training uses."""

    def __init__(self, network):
        super().__init__()
        self.embed, self.recurrent, self.score = network.embed, network.recurrent, network.score

    def forward(self, words, state):
        output, state = self.recurrent(self.embed(words).unsqueeze(0), state)
        return self.score(output[0]).argmax(-1), state


class CellStep(nn.Module):
    """With PyTorch's cell."""

    def __init__(self, network):
        super().__init__()
        self.embed, self.score = network.embed, network.score
        layer = network.recurrent
        self.cell = CELLS[network.kind](layer.input_size, layer.hidden_size)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(self.cell, name).data = getattr(layer, f"{name}_l0").data

    def forward(self, words, state):
        h = self.cell(self.embed(words), state[0])
        return self.score(h).argmax(-1), h.unsqueeze(0)


class LstmCellStep(CellStep):
    """With a cell state, too."""

    def forward(self, words, state):
        h, c = self.cell(self.embed(words), (state[0][0], state[1][0]))
        return self.score(h).argmax(-1), (h.unsqueeze(0), c.unsqueeze(0))
