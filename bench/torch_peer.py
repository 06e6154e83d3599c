"""PyTorch's side of bench/run.sh: the same workloads as showtell_steps.cs, in the same form.

    python3 bench/torch_peer.py [THREADS]
"""
import statistics
import sys
import time

import torch
from torch import nn

D, W, H, V, T = 512, 256, 512, 1004, 16
torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
torch.manual_seed(231)


class Captioner(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.is_lstm = cell == "lstm"
        self.project = nn.Linear(D, H)
        self.embed = nn.Embedding(V, W)
        self.recurrent = (nn.LSTM if self.is_lstm else nn.RNN)(W, H, batch_first=True)
        self.score = nn.Linear(H, V)

    def begin(self, features):
        h = self.project(features).unsqueeze(0)
        return (h, torch.zeros_like(h)) if self.is_lstm else h

    def forward(self, features, words):
        states, _ = self.recurrent(self.embed(words), self.begin(features))
        return self.score(states)

    @torch.no_grad()
    def greedy(self, features):
        state = self.begin(features)
        word = torch.ones(features.shape[0], 1, dtype=torch.long)
        for _ in range(T + 1):
            output, state = self.recurrent(self.embed(word), state)
            word = self.score(output).argmax(-1)


def report(workload, captions, steps, step):
    times = []
    for i in range(6):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        if i > 0:
            times.append((time.perf_counter() - start) / steps)
    median = statistics.median(times)
    print(f"{workload}\t{median * 1e3:.2f}\t{captions / median:.0f}", flush=True)


for cell in ("rnn", "lstm"):
    for n in (25, 128, 256):
        model = Captioner(cell)
        optimizer = torch.optim.Adam(model.parameters(), 1e-3)
        features, captions = torch.randn(n, D), torch.randint(4, V, (n, T + 1))

        def step():
            optimizer.zero_grad(set_to_none=True)
            scores = model(features, captions[:, :-1])
            loss = nn.functional.cross_entropy(scores.reshape(-1, V), captions[:, 1:].reshape(-1), reduction="sum") / n
            loss.backward()
            optimizer.step()

        report(f"train {cell} {n}", n, max(3, 1500 // n), step)
    for n in (1, 128):
        model, features = Captioner(cell), torch.randn(n, D)
        report(f"greedy {cell} {n}", n, 10, lambda: model.greedy(features))
