"""Networks that attend to the regions of a grid in PyTorch, for torch_peer.py: as ShowTell's AttentionNetwork (an LSTM
with scaled dot-product attention) and TransformerNetwork (post-norm, sinusoidal positions) describe them."""
import math
from typing import List, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from torch_recurrent import Network, frozen


def attention_step(grid: Tensor, x: Tensor, h: Tensor, c: Tensor, weight: Tensor) -> Tuple[Tensor, Tensor]:
    """A timestep: x is its input after the affine layer, N x 4H, gates in the order i, f, o, g; grid is N x P x H."""
    scores = torch.bmm(grid, (h / math.sqrt(h.size(1))).unsqueeze(2)).squeeze(2)
    attended = torch.bmm(torch.softmax(scores, 1).unsqueeze(1), grid).squeeze(1)
    gates = torch.addmm(x, torch.cat([h, attended], 1), weight.t())
    i, f, o = torch.sigmoid(gates[:, :3 * h.size(1)]).chunk(3, 1)
    c = f * c + i * torch.tanh(gates[:, 3 * h.size(1):])
    return o * torch.tanh(c), c


def attention_lstm(grid: Tensor, x: Tensor, weight: Tensor) -> Tensor:
    """All timesteps: the hidden states, T·N x H."""
    h = grid.mean(1)
    c = h
    states: List[Tensor] = []
    for t in range(x.size(0)):
        h, c = attention_step(grid, x[t], h, c, weight)
        states.append(h)
    return torch.cat(states)


class AttentionNetwork(Network):
    def __init__(self, sizes, weights, form=""):
        super().__init__()
        self.project = nn.Linear(sizes.D, sizes.H)
        self.embed = nn.Embedding(sizes.V, sizes.W)
        self.input = nn.Linear(sizes.W, 4 * sizes.H)
        # For the hidden state and, beside it, what is attended to.
        self.recurrent = nn.Linear(2 * sizes.H, 4 * sizes.H, bias=False)
        self.score = nn.Linear(sizes.H, sizes.V)
        self.regions = sizes.P
        self.run = torch.jit.script(attention_lstm) if "scripted" in form else attention_lstm
        self.load(weights)

    def parts(self):
        size = self.score.in_features
        return {
            "W_proj": (self.project.weight, ...), "b_proj": (self.project.bias, ...),
            "W_embed": (self.embed.weight, ...), "Wx": (self.input.weight, ...), "b": (self.input.bias, ...),
            "Wh": (self.recurrent.weight, (slice(None), slice(size))),
            "Wattn": (self.recurrent.weight, (slice(None), slice(size, None))),
            "W_vocab": (self.score.weight, ...), "b_vocab": (self.score.bias, ...),
        }

    def loss(self, features, words, targets, n):
        states = self.run(self.project(features), self.input(self.embed(words)), self.recurrent.weight)
        return self.cross_entropy(states, targets.flatten(), n)

    def begin(self, features):
        grid = self.project(features)
        return grid, grid.mean(1), grid.mean(1)

    def step(self, form, n, length):
        step = AttentionStep(self)
        if form != "scripted step":
            return step
        return frozen(step, n, self.begin(torch.zeros(n, self.regions, self.project.in_features)))


class AttentionStep(nn.Module):
    """What reads a word and says the next."""

    def __init__(self, network):
        super().__init__()
        self.embed, self.input, self.score = network.embed, network.input, network.score
        self.weight = network.recurrent.weight

    def forward(self, words, state: Tuple[Tensor, Tensor, Tensor]):
        grid, h, c = state
        h, c = attention_step(grid, self.input(self.embed(words)), h, c, self.weight)
        return self.score(h).argmax(-1), (grid, h, c)


def positions(count, size):
    """Sines and cosines, count x size."""
    angles = torch.arange(count)[:, None] * 10_000 ** (-torch.arange(0, size, 2, dtype=torch.double) / size)
    return torch.stack([angles.sin(), angles.cos()], 2).flatten(1).float()


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """q: heads x L x d; k, v: heads x M x d, where heads are those of all captions."""
    return torch.bmm(torch.softmax(torch.bmm(q / math.sqrt(q.size(2)), k.transpose(1, 2)), 2), v)


class TransformerNetwork(Network):
    """The parameters are those of nn.TransformerDecoderLayer, which computes in one form; the other one says its
    products itself."""

    batch_first = True

    def __init__(self, sizes, weights, form=""):
        super().__init__()
        self.sizes, self.uses_module = sizes, "nn.TransformerDecoderLayer" in form
        self.project = nn.Linear(sizes.D, sizes.H)
        self.embed = nn.Embedding(sizes.V, sizes.H)
        self.layers = nn.ModuleList(
            nn.TransformerDecoderLayer(sizes.H, sizes.heads, sizes.F, dropout=0, batch_first=True)
            for _ in range(sizes.layers))
        self.score = nn.Linear(sizes.H, sizes.V)
        self.load(weights)

    def parts(self):
        size = self.sizes.H
        parts = {
            "W_proj": (self.project.weight, ...), "b_proj": (self.project.bias, ...),
            "W_embed": (self.embed.weight, ...), "W_vocab": (self.score.weight, ...), "b_vocab": (self.score.bias, ...),
        }
        for number, layer in enumerate(self.layers):
            suffix = str(number + 1) if number else ""
            for name, attention, norm in (("self", layer.self_attn, layer.norm1),
                                          ("cross", layer.multihead_attn, layer.norm2)):
                parts.update({f"{part}{suffix}": value for part, value in {
                    f"W_{name}_query": (attention.in_proj_weight, slice(size)),
                    f"b_{name}_query": (attention.in_proj_bias, slice(size)),
                    f"W_{name}_memory": (attention.in_proj_weight, slice(size, None)),
                    f"b_{name}_memory": (attention.in_proj_bias, slice(size, None)),
                    f"W_{name}_out": (attention.out_proj.weight, ...),
                    f"b_{name}_out": (attention.out_proj.bias, ...),
                    f"g_{name}_norm": (norm.weight, ...), f"b_{name}_norm": (norm.bias, ...),
                }.items()})
            parts.update({f"{part}{suffix}": (value, ...) for part, value in {
                "W_feed_in": layer.linear1.weight, "b_feed_in": layer.linear1.bias,
                "W_feed_out": layer.linear2.weight, "b_feed_out": layer.linear2.bias,
                "g_feed_norm": layer.norm3.weight, "b_feed_norm": layer.norm3.bias,
            }.items()})
        return parts

    def heads(self, x):
        """N x L x H to N·heads x L x d."""
        n, length, _ = x.shape
        return x.view(n, length, self.sizes.heads, -1).transpose(1, 2).reshape(n * self.sizes.heads, length, -1)

    def projected(self, attention, x, begin, end):
        """Queries (0, 1), keys (1, 2) and values (2, 3) of the rows of x, of each head."""
        size = self.sizes.H
        rows = slice(begin * size, end * size)
        parts = F.linear(x, attention.in_proj_weight[rows], attention.in_proj_bias[rows])
        return [self.heads(part) for part in parts.split(size, 2)]

    def products(self, layer, x, memory, mask):
        n, length, size = x.shape

        def out(attention, z):
            z = z.view(n, self.sizes.heads, length, -1).transpose(1, 2).reshape(n, length, size)
            return attention.out_proj(z)

        q, k, v = self.projected(layer.self_attn, x, 0, 3)
        alpha = torch.softmax(torch.baddbmm(mask, q, k.transpose(1, 2), alpha=q.size(2) ** -0.5), 2)
        x = layer.norm1(x + out(layer.self_attn, torch.bmm(alpha, v)))
        q, = self.projected(layer.multihead_attn, x, 0, 1)
        k, v = self.projected(layer.multihead_attn, memory, 1, 3)
        x = layer.norm2(x + out(layer.multihead_attn, attend(q, k, v)))
        return layer.norm3(x + layer.linear2(F.relu(layer.linear1(x))))

    def loss(self, features, words, targets, n):
        """words and targets: N x T ids."""
        memory, length = self.project(features), words.size(1)
        x = self.embed(words) * math.sqrt(self.sizes.H) + positions(length, self.sizes.H)
        mask = torch.full((length, length), -math.inf).triu(1)
        for layer in self.layers:
            x = layer(x, memory, tgt_mask=mask) if self.uses_module else self.products(layer, x, memory, mask)
        return self.cross_entropy(x.flatten(0, 1), targets.flatten(), n)

    def begin(self, features):
        """The position, keys and values of the words so far, which Step sets up, and keys and values of the regions."""
        memory = self.project(features)
        known = [part for layer in self.layers for part in self.projected(layer.multihead_attn, memory, 1, 3)]
        return 0, [torch.empty(0)], known

    def step(self, form, n, length):
        step = TransformerStep(self, length).eval()
        return torch.jit.freeze(torch.jit.script(step)) if form == "scripted step" else step


class StepLayer(nn.Module):
    def __init__(self, layer, heads):
        super().__init__()
        self.heads = heads
        own, cross = layer.self_attn, layer.multihead_attn
        self.own_in_weight, self.own_in_bias, self.own_out = own.in_proj_weight, own.in_proj_bias, own.out_proj
        size = cross.embed_dim
        self.query = nn.Linear(size, size)
        self.query.weight.data, self.query.bias.data = cross.in_proj_weight.data[:size], cross.in_proj_bias.data[:size]
        self.cross_out, self.linear1, self.linear2 = cross.out_proj, layer.linear1, layer.linear2
        self.norm1, self.norm2, self.norm3 = layer.norm1, layer.norm2, layer.norm3

    def forward(self, x: Tensor, position: int, keys: Tensor, values: Tensor, known_keys: Tensor, known_values: Tensor):
        n, size = x.shape
        rows = n * self.heads
        q, k, v = F.linear(x, self.own_in_weight, self.own_in_bias).chunk(3, 1)
        keys[:, position] = k.reshape(rows, -1)
        values[:, position] = v.reshape(rows, -1)
        z = attend(q.reshape(rows, 1, -1), keys[:, :position + 1], values[:, :position + 1])
        x = self.norm1(x + self.own_out(z.view(n, size)))
        z = attend(self.query(x).view(rows, 1, -1), known_keys, known_values)
        x = self.norm2(x + self.cross_out(z.view(n, size)))
        return self.norm3(x + self.linear2(F.relu(self.linear1(x))))


class TransformerStep(nn.Module):
    """What reads a word and says the next; keys and values of the words so far are kept."""

    def __init__(self, network, length):
        super().__init__()
        sizes = network.sizes
        self.length, self.heads, self.scale = length, sizes.heads, math.sqrt(sizes.H)
        self.embed, self.score = network.embed, network.score
        self.layers = nn.ModuleList(StepLayer(layer, sizes.heads) for layer in network.layers)
        self.register_buffer("positions", positions(length, sizes.H))

    def forward(self, words: Tensor, state: Tuple[int, List[Tensor], List[Tensor]]):
        position, kept, known = state
        x = self.embed(words) * self.scale + self.positions[position]
        if position == 0:
            rows = x.size(0) * self.heads
            kept = [x.new_empty([rows, self.length, x.size(1) // self.heads]) for _ in range(len(known))]
        for i, layer in enumerate(self.layers):
            x = layer(x, position, kept[2 * i], kept[2 * i + 1], known[2 * i], known[2 * i + 1])
        return self.score(x).argmax(-1), (position + 1, kept, known)
