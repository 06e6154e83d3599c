"""Loss and gradients of a captioning transformer by torch.nn.TransformerDecoderLayer. Needs torch."""
import math
import random

import torch
from torch.nn.utils.stateless import functional_call

from golden_file import numbers, save

torch.set_default_dtype(torch.float64)
N, WIDTH, D, H, F, V = 5, 7, 3, 8, 11, 8


def parameters(draw, layers):
    weights = lambda rows, columns: numbers(draw, rows, columns, scale=.5)
    p = {'W_proj': weights(D, H), 'b_proj': numbers(draw, H), 'W_embed': weights(V, H)}
    for i in range(layers):
        layer = str(i + 1) if i else ''
        for name in ('self', 'cross'):
            p |= {
                f'W_{name}_query{layer}': weights(H, H), f'b_{name}_query{layer}': numbers(draw, H),
                f'W_{name}_memory{layer}': weights(H, 2 * H), f'b_{name}_memory{layer}': numbers(draw, 2 * H),
                f'W_{name}_out{layer}': weights(H, H), f'b_{name}_out{layer}': numbers(draw, H),
                f'g_{name}_norm{layer}': numbers(draw, H), f'b_{name}_norm{layer}': numbers(draw, H),
            }
        p |= {
            f'W_feed_in{layer}': weights(H, F), f'b_feed_in{layer}': numbers(draw, F),
            f'W_feed_out{layer}': weights(F, H), f'b_feed_out{layer}': numbers(draw, H),
            f'g_feed_norm{layer}': numbers(draw, H), f'b_feed_norm{layer}': numbers(draw, H),
        }
    return p | {'W_vocab': weights(H, V), 'b_vocab': numbers(draw, V)}


def decoder_layer(x, memory, causal, heads, w):
    tensors = {}
    for theirs, ours in [('self_attn', 'self'), ('multihead_attn', 'cross')]:
        tensors[theirs + '.in_proj_weight'] = torch.cat([w(f'W_{ours}_query'), w(f'W_{ours}_memory')], 1).T
        tensors[theirs + '.in_proj_bias'] = torch.cat([w(f'b_{ours}_query'), w(f'b_{ours}_memory')])
        tensors[theirs + '.out_proj.weight'] = w(f'W_{ours}_out').T
        tensors[theirs + '.out_proj.bias'] = w(f'b_{ours}_out')
    for theirs, ours in [('linear1', 'feed_in'), ('linear2', 'feed_out')]:
        tensors[theirs + '.weight'], tensors[theirs + '.bias'] = w('W_' + ours).T, w('b_' + ours)
    for theirs, ours in [('norm1', 'self'), ('norm2', 'cross'), ('norm3', 'feed')]:
        tensors[theirs + '.weight'], tensors[theirs + '.bias'] = w(f'g_{ours}_norm'), w(f'b_{ours}_norm')
    layer = torch.nn.TransformerDecoderLayer(H, heads, F, dropout=0, batch_first=True)
    return functional_call(layer, tensors, (x, memory), {'tgt_mask': causal})


def case(layers, heads, regions):
    draw = random.Random(8)
    given = {
        'heads': heads, 'layers': layers, 'regions': regions, 'features': numbers(draw, N, regions, D),
        'captions': [[draw.randint(1, V - 1) for _ in range(WIDTH)] for _ in range(N)],
        'parameters': parameters(draw, layers),
    }
    given['captions'][0][3:] = [0] * 4
    given['captions'][3][5:] = [0] * 2
    p = {name: torch.tensor(value).requires_grad_() for name, value in given['parameters'].items()}
    captions = torch.tensor(given['captions'])
    memory = torch.tensor(given['features']) @ p['W_proj'] + p['b_proj']
    words, targets = captions[:, :-1], captions[:, 1:]
    T = words.shape[1]
    angle = torch.arange(T)[:, None] * torch.exp(torch.arange(0, H, 2) * (-math.log(10000) / H))
    positions = torch.zeros(T, H)
    positions[:, 0::2], positions[:, 1::2] = torch.sin(angle), torch.cos(angle)
    x = math.sqrt(H) * p['W_embed'][words] + positions
    causal = torch.triu(torch.full((T, T), float('-inf')), 1)
    for i in range(layers):
        x = decoder_layer(x, memory, causal, heads, lambda name: p[name + (str(i + 1) if i else '')])
    scores = x @ p['W_vocab'] + p['b_vocab']
    loss = torch.nn.functional.cross_entropy(
        scores.flatten(0, 1), targets.flatten(), ignore_index=0, reduction='sum') / N
    loss.backward()
    gradients = {name: value.grad.tolist() for name, value in p.items()}
    return {'given': given, 'expected': {'loss': loss.item(), 'gradients': gradients}}


save('transformer', {'one layer, one head, one region': case(1, 1, 1), 'three layers, two heads, four regions': case(3, 2, 4)})
