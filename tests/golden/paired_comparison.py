"""BLEU of two systems compared: paired bootstrap and approximate randomization in NumPy. Needs numpy."""
import collections
import random

import numpy as np

from golden_file import save

IMAGES, ROUNDS = 60, 20000
WORDS = ['a', 'dog', 'cat', 'runs', 'on', 'the', 'grass', 'red', 'sits', 'two']
draw = random.Random(11)


def changed(words, share):
    """Some words replaced by others."""
    return [draw.choice(WORDS) if draw.random() < share else word for word in words]


captions = []
for _ in range(IMAGES):
    truth = [draw.choice(WORDS) for _ in range(draw.randint(4, 9))]
    captions.append([changed(truth, share) for share in (0.5, 0.3, 0.2, 0.2, 0.2)])


def grams(words, n):
    return collections.Counter(tuple(words[i:i + n]) for i in range(len(words) - n + 1))


def counts(candidate, references):
    """Matches of 1 to 4 words, their number in the candidate, and both lengths."""
    matches, totals = [], []
    for n in (1, 2, 3, 4):
        most = collections.Counter()
        for reference in references:
            most |= grams(reference, n)
        matches.append(sum((grams(candidate, n) & most).values()))
        totals.append(max(0, len(candidate) - n + 1))
    closest = min((abs(len(r) - len(candidate)), len(r)) for r in references)[1]
    return matches + totals + [len(candidate), closest]


def bleu(sums):
    """BLEU-1 to BLEU-4 of summed counts, a row for each sum."""
    precisions = (sums[..., :4] + 1e-15) / (sums[..., 4:8] + 1e-9)
    ratio = (sums[..., 8] + 1e-15) / (sums[..., 9] + 1e-9)
    penalty = np.where(ratio < 1, np.exp(1 - 1 / ratio), 1)
    return np.cumprod(precisions, axis=-1) ** (1 / np.arange(1, 5)) * penalty[..., None]


first, other = (
    np.array([counts(image[system], image[2:]) for image in captions], dtype=float) for system in (0, 1))
difference = bleu(other.sum(0)) - bleu(first.sum(0))
numbers = np.random.RandomState(3)
samples = numbers.randint(IMAGES, size=(ROUNDS, IMAGES))
resampled = bleu(other[samples].sum(1)) - bleu(first[samples].sum(1))
swapped = numbers.randint(2, size=(ROUNDS, IMAGES))[..., None]
randomized = (bleu(np.where(swapped, first, other).sum(1)) - bleu(np.where(swapped, other, first).sum(1)))
extreme = (np.abs(randomized) >= np.abs(difference) - 1e-12).sum(0)
save('paired_comparison', {
    'captions': [[' '.join(words) for words in image] for image in captions],
    'difference': difference.tolist(),
    'interval': np.percentile(resampled, [2.5, 97.5], axis=0).T.tolist(),
    'p': ((1 + extreme) / (1 + ROUNDS)).tolist(),
})
