"""PyTorch's side of bench/run.sh, at its best: data ready as tensors, real captions packed or padded, Adam over all
parameters at once or one by one, and decoding with whichever of PyTorch's own modules is fastest.

    /usr/bin/python3 bench/torch_peer.py --help
"""
import sys

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence

import peer
from torch_grid import AttentionNetwork, TransformerNetwork
from torch_recurrent import LAYERS, RecurrentNetwork

KINDS = [*LAYERS, "attention", "transformer"]
ADAM = ["adam one by one", "adam at once"]


def training_forms(kind, real):
    networks = {"attention": ["step by step, ", "scripted, "],
                "transformer": ["nn.TransformerDecoderLayer, ", "products, "]}
    return [network + adam
            for network in networks.get(kind, ["packed, ", "padded, "] if real else [""]) for adam in ADAM]


def decoding_forms(kind, ends):
    if kind not in LAYERS:
        return ["step", "scripted step"]
    return ["layer", "cell", "scripted cell"] + (["layer, dropping", "cell, dropping"] if ends else [])


def use_threads(count):
    torch.set_num_threads(count)
    torch.manual_seed(231)


def network_of(kind, sizes, weights, form=""):
    if kind in LAYERS:
        return RecurrentNetwork(kind, sizes, weights)
    return (AttentionNetwork if kind == "attention" else TransformerNetwork)(sizes, weights, form)


def as_tensors(minibatch, network, packed):
    """Features, words to read and words to say; packed from the longest caption to the shortest."""
    features, captions = minibatch
    words, targets = captions[:, :-1], captions[:, 1:]
    lengths = (targets != 0).sum(1)
    if packed:
        order = np.argsort(-lengths, kind="stable")
        pack = lambda ids: pack_padded_sequence(torch.from_numpy(ids[order].T.copy()), torch.from_numpy(lengths[order]))
        return torch.from_numpy(features[order]), pack(words), pack(targets), len(features)
    longest = lengths.max()
    cut = lambda ids: torch.from_numpy((ids[:, :longest] if network.batch_first else ids[:, :longest].T).copy())
    return torch.from_numpy(features), cut(words), cut(targets), len(features)


def training(kind, sizes, minibatches, weights, form):
    network = network_of(kind, sizes, weights, form)
    data = [as_tensors(minibatch, network, "packed" in form) for minibatch in minibatches]
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, peer.LEARNING_RATE, foreach="at once" in form)

    def run():
        losses = []
        for minibatch in data:
            optimizer.zero_grad(set_to_none=True)
            loss = network.loss(*minibatch)
            loss.backward()
            network.mask_gradients()
            optimizer.step()
            losses.append(loss.item())
        return losses

    return run


def gradients(kind, sizes, minibatch, weights):
    network = network_of(kind, sizes, weights)
    network.loss(*as_tensors(minibatch, network, packed=kind in LAYERS)).backward()
    return network.gradients()


def decoding(kind, sizes, features, length, end, weights, form):
    network = network_of(kind, sizes, weights).eval().requires_grad_(False)
    features = torch.from_numpy(features)
    step = network.step(form, len(features), length)
    drops = "dropping" in form

    @torch.inference_mode()
    def run():
        n = len(features)
        captions = torch.zeros(length, n, dtype=torch.long)
        words, state = torch.full((n,), peer.START), network.begin(features)
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
                    words, going, state = words[rows], going[rows], network.keep(state, rows)
            else:
                captions[t] = words.masked_fill(ended, 0)
                ended |= words == end
                if ended.all():
                    break
        return captions.T.numpy()

    return run


if __name__ == "__main__":
    peer.main(sys.modules[__name__], __doc__.split("\n")[0])
