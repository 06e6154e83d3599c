"""What the peers of bench/run.sh that run in Python have in common: the workloads, which are those of
ShowTell.Benchmarks; their data; the clock; and the proof that a peer does the same work (--check).

A peer says which kinds of networks it has (KINDS), gives three functions, and the forms in which it can do the work;
the fastest form is timed:

    training(kind, sizes, minibatches, weights, form)   -> a function that takes a step of forward, loss, backward and
                                                           Adam on every minibatch and returns the losses
    gradients(kind, sizes, minibatch, weights)          -> the gradients under ShowTell's names
    decoding(kind, sizes, features, length, end, weights, form)
                                                        -> a function that returns the captions' ids, N x length
    training_forms(kind, real), decoding_forms(kind, ends)
                                                        -> the names of the forms, for captions of different lengths
                                                           and for captions that end, or not

A minibatch is (features, N x D, or N x P x D for a grid; captions, N x (T + 1), padded with zeros). Where weights are
None, they are random.
"""
import argparse
import collections
import json
import os
import re
import struct
import sys
import time

import numpy as np

Sizes = collections.namedtuple("Sizes", "D W H V P layers heads F", defaults=(1, 1, 8, 2048))

POOLED = Sizes(D=512, W=256, H=512, V=1004)
SIZES = {
    "rnn": POOLED, "lstm": POOLED, "gru": POOLED, "attention": POOLED._replace(P=49),
    "transformer": POOLED._replace(P=49, W=256, H=256, layers=2, heads=8, F=1024),
}
T = 16
START = 1
LEARNING_RATE = 1e-3


class TensorFile:
    """The tensors and metadata of a safetensors file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            length, = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
            data = file.read()
        self.metadata = header.pop("__metadata__", {})
        self.tensors = {
            name: np.frombuffer(data[slice(*entry["data_offsets"])], {"F32": "<f4", "I32": "<i4"}[entry["dtype"]])
            .reshape(entry["shape"])
            for name, entry in header.items()
        }


class Captions:
    """Captions and features that ShowTell.Benchmarks has written (CaptionSource): row k is caption k of a pass."""

    def __init__(self, folder):
        tensors = TensorFile(f"{folder}/data.safetensors").tensors
        self.captions, self.features, self.photos = (
            tensors["captions"].astype(np.int64), tensors["features"].copy(), tensors["photos"].copy())

    def minibatch(self, number, n, regions=1):
        rows = (number * n + np.arange(n)) % len(self.captions)
        return in_regions(self.features[rows], regions), self.captions[rows]

    def minibatches_of_pass(self, n):
        return [self.minibatch(i, n) for i in range(len(self.captions) // n)]


class TrainedModel:
    """A model that ShowTell.Benchmarks has written, and what it is expected to say."""

    def __init__(self, folder, kind):
        file = TensorFile(f"{folder}/{kind}.safetensors")
        options = json.loads(file.metadata["options"])
        self.end = options["endId"]
        self.weights = file.tensors
        regions = options.get("places", 1)
        self.sizes = Sizes(
            options["featureSize"] // regions, options["wordVectorSize"], options["hiddenSize"],
            options["vocabularySize"], regions, options.get("layers", 1), options.get("heads", 8),
            options.get("feedForwardSize", 2048))
        with open(f"{folder}/{kind}.expected.json") as expected:
            self.expected = json.load(expected)


def in_regions(features, regions):
    return features if regions == 1 else features.reshape(len(features), regions, -1)


def random_features(rng, n, sizes):
    return in_regions(rng.standard_normal((n, sizes.P * sizes.D), np.float32), sizes.P)


def workloads(peer, models):
    """Names, captions of a step, forms, and what makes the step of a form: the whole one, or one to choose forms by."""
    for kind in peer.KINDS:
        for n in (25, 128, 256) if kind in ("rnn", "lstm") else (25, 128):
            yield f"train {kind} {n}", n, peer.training_forms(kind, real=False), random_training(peer, kind, n)
        for n in (1, 128):
            yield f"greedy {kind} {n}", n, peer.decoding_forms(kind, ends=False), random_decoding(peer, kind, n)
    if models and os.path.exists(f"{models}/real"):
        yield from real_workloads(peer, f"{models}/real")


def random_training(peer, kind, n):
    def make(form, trial):
        rng = np.random.default_rng(231)
        minibatch = random_features(rng, n, SIZES[kind]), rng.integers(4, SIZES[kind].V, (n, T + 1))
        return peer.training(kind, SIZES[kind], [minibatch], None, form)

    return make


def random_decoding(peer, kind, n):
    def make(form, trial):
        features = random_features(np.random.default_rng(231), n, SIZES[kind])
        return peer.decoding(kind, SIZES[kind], features, T + 1, None, None, form)

    return make


def real_workloads(peer, folder):
    real = Captions(folder)
    for kind in ("rnn", "lstm"):
        model = TrainedModel(folder, kind)
        for n in (25, 128):
            minibatches = real.minibatches_of_pass(n)
            yield (f"real {kind} {n}", n * len(minibatches), peer.training_forms(kind, real=True),
                   lambda form, trial: peer.training(
                       kind, model.sizes, minibatches[:2] if trial else minibatches, None, form))
        yield (f"ending {kind} {len(real.photos)}", len(real.photos), peer.decoding_forms(kind, ends=True),
               lambda form, trial: peer.decoding(
                   kind, model.sizes, real.photos, real.captions.shape[1], model.end, model.weights, form))


def repeat(step, seconds):
    times, begin = [], time.perf_counter()
    while not times or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return sorted(times)


def fastest(forms, make, seconds):
    """The fastest form. Tries them in turn, three times each; the least time counts."""
    if len(forms) == 1:
        return forms[0]
    steps = {form: make(form, trial=True) for form in forms}
    least = dict.fromkeys(forms, float("inf"))
    for _ in range(3):
        for form, step in steps.items():
            least[form] = min(least[form], repeat(step, seconds)[0])
    return min(least, key=least.get)


def time_all(peer, options):
    for name, captions, forms, make in workloads(peer, options.models):
        if re.search(options.only, name):
            form = fastest(forms, make, options.seconds / 6)
            step = make(form, trial=False)
            repeat(step, options.seconds / 3)
            times = repeat(step, options.seconds)
            median = times[len(times) // 2]
            print(f"{name}\t{median * 1e3:.3f}\t{captions / median:.1f}\t{form}", flush=True)


def check(peer, models, only):
    """Compares losses, gradients and captions with those that ShowTell found with the same weights, for the kinds of
    networks that are to be timed."""
    for source in ("random", "grid", "real"):
        folder = f"{models}/{source}"
        for kind in peer.KINDS:
            names = [f"{work} {kind} {n}" for work in ("train", "greedy") for n in (1, 25, 128)]
            is_timed = any(re.search(only, name) for name in names)
            if is_timed and os.path.exists(f"{folder}/{kind}.expected.json"):
                check_model(peer, f"{source}, {kind}", kind, TrainedModel(folder, kind), Captions(folder))


def check_model(peer, name, kind, model, data):
    losses, batch_size = model.expected["losses"], model.expected["batchSize"]
    minibatches = [data.minibatch(i, batch_size, model.sizes.P) for i in range(len(losses))]
    gradients = peer.gradients(kind, model.sizes, minibatches[0], model.weights)
    for parameter, expected in model.expected["gradientNorms"].items():
        require_close(f"{name}: gradient of {parameter}", np.linalg.norm(gradients[parameter]), expected)
    for form in peer.training_forms(kind, real=True):
        found = peer.training(kind, model.sizes, minibatches, model.weights, form)()
        for step, (loss, expected) in enumerate(zip(found, losses)):
            # Adam makes much of small differences: only the first loss is that of the very same weights.
            require_close(f"{name}, {form}: loss of step {step + 1}", loss, expected, 1e-3 if step else 1e-4)
    captions = np.array(model.expected["captions"])
    photos = in_regions(data.photos, model.sizes.P)
    for form in peer.decoding_forms(kind, ends=True):
        found = peer.decoding(kind, model.sizes, photos, captions.shape[1], model.end, model.weights, form)()
        same = int((np.asarray(found) == captions).all(1).sum())
        print(f"{name}, {form}: {same} of {len(captions)} captions are the same")
        # Where two words score alike to the last bits, either may win.
        if same < len(captions) - 2:
            sys.exit(f"{name}, {form}: the captions differ from ShowTell's.")
    print(f"{name}: losses of {len(losses)} steps and norms of {len(gradients)} gradients are the same")


def require_close(what, found, expected, tolerance=1e-3):
    if not abs(found - expected) <= tolerance * abs(expected):
        sys.exit(f"{what} is {found:.6g}; ShowTell found {expected:.6g}.")


def main(peer, description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads to compute with")
    parser.add_argument("--only", default="", help="only workloads whose name matches this regular expression")
    parser.add_argument("--seconds", type=float, default=3, help="how long to measure each workload")
    parser.add_argument("--models", help="folder that 'ShowTell.Benchmarks prepare' wrote")
    parser.add_argument("--check", action="store_true",
                        help="time nothing; compare losses, gradients and captions with ShowTell's")
    options = parser.parse_args()
    peer.use_threads(options.threads)
    if not options.check:
        time_all(peer, options)
    elif options.models:
        check(peer, options.models, options.only)
    else:
        sys.exit("--check needs --models FOLDER.")
