"""
BLEU, ROUGE-L, CIDEr-D and CIDEr of a few captions, computed from the papers' equations with coco-caption's constants.

    python3 caption_scores.py                     writes caption_scores.json
    python3 caption_scores.py --fakecap FILE      scores coco-caption's own example, a JSON list of objects with the
                                                  tokenized "test" and "refs", to compare with the published figures
"""
import json
import math
import sys
from collections import Counter

from golden_file import save

# A candidate, then its references; all written for this test.
CAPTIONS = [
    ['a dog runs across the wet grass', 'a brown dog is running over the grass', 'the dog runs on wet grass',
     'a dog races across a field after the rain'],
    ['two children play with a red ball', 'two kids are playing with a ball', 'a boy and a girl play ball in the yard',
     'children kick a red ball around'],
    ['a man is riding a horse', 'a man rides a white horse along the beach', 'someone on horseback by the sea',
     'a rider and his horse walk on the sand'],
    ['a woman holds an umbrella in the rain', 'a woman with a yellow umbrella waits for the bus',
     'a lady holds her umbrella in heavy rain', 'a woman stands in the rain at a bus stop'],
    ['a train at the station', 'an old train stands at an empty station', 'a green train waits at the platform',
     'the train is about to leave the station'],
    ['a cat sleeps on a chair a cat sleeps', 'a cat sleeps on a wooden chair', 'the grey cat is asleep',
     'a cat has curled up on the chair by the window'],
    ['people sit at a table and eat', 'a family eats dinner at a long table', 'people sit around a table with food',
     'five people having a meal together'],
    ['a plate of food', 'a plate with rice and green vegetables', 'rice and beans on a white plate',
     'a plate of vegetables and rice next to a fork'],
    ['a snowboarder jumps over a hill of snow in the air high', 'a snowboarder jumps high',
     'a person on a snowboard flies through the air', 'a jump over a hill of snow'],
    ['boats in a harbor with a lighthouse', 'small boats lie in the harbor below the lighthouse',
     'a lighthouse and fishing boats', 'boats in a quiet harbor at dawn'],
    ['the clock', 'a clock tower rises above the roofs of the town', 'a tower with a large clock',
     'the clock on the tower shows noon'],
    ['a bicycle leans on a brick wall', 'a bicycle leans against a brick wall', 'a blue bicycle in front of a wall',
     'someone has left a bicycle by a brick wall'],
]


def grams(words, n):
    return Counter(tuple(words[i:i + n]) for i in range(len(words) - n + 1))


def bleu(images):
    guesses, matches, length, closest = [0] * 5, [0] * 5, 0, 0
    for candidate, references in images:
        length += len(candidate)
        closest += min((abs(len(reference) - len(candidate)), len(reference)) for reference in references)[1]
        for n in range(1, 5):
            most = Counter()
            for reference in references:
                most |= grams(reference, n)
            mine = grams(candidate, n)
            guesses[n] += sum(mine.values())
            matches[n] += sum((mine & most).values())
    brevity = min(1, math.exp(1 - closest / length))
    precisions = [matches[n] / guesses[n] for n in range(1, 5)]
    return [brevity * math.prod(precisions[:n]) ** (1 / n) for n in range(1, 5)], length, closest


def common_subsequence(a, b):
    """The length of the longest one."""
    row = [0] * (len(b) + 1)
    for x in a:
        next_row = [0]
        for j, y in enumerate(b):
            next_row.append(row[j] + 1 if x == y else max(row[j + 1], next_row[j]))
        row = next_row
    return row[-1]


def rouge(candidate, references, squared=1.2 ** 2):
    lengths = [common_subsequence(candidate, reference) for reference in references]
    precision = max(length / len(candidate) for length in lengths)
    recall = max(length / len(reference) for length, reference in zip(lengths, references))
    return (1 + squared) * precision * recall / (recall + squared * precision) if precision and recall else 0


def ciders(images, clipped):
    frequencies = Counter(
        gram for _, references in images
        for gram in {gram for reference in references for n in range(1, 5) for gram in grams(reference, n)})

    def vector(words, n):
        weight = lambda gram: math.log(len(images)) - math.log(max(1, frequencies[gram]))
        return {gram: count * weight(gram) for gram, count in grams(words, n).items()}

    def norm(v):
        return math.sqrt(sum(value ** 2 for value in v.values()))

    def score(candidate, reference):
        total = 0
        for n in range(1, 5):
            c, r = vector(candidate, n), vector(reference, n)
            product = sum((min(c[gram], r[gram]) if clipped else c[gram]) * r[gram] for gram in c if gram in r)
            total += product / (norm(c) * norm(r)) if product else 0
        delta = len(candidate) - len(reference)
        return 10 / 4 * total * (math.exp(-delta ** 2 / 72) if clipped else 1)

    return [sum(score(candidate, r) for r in references) / len(references) for candidate, references in images]


def scores(images):
    precisions, length, closest = bleu(images)
    each = {
        'ROUGE_L': [rouge(*image) for image in images],
        'CIDEr': ciders(images, clipped=True),
        'CIDEr_cosine': ciders(images, clipped=False),
    }
    means = {name: sum(values) / len(values) for name, values in each.items()}
    means |= {f'Bleu_{n + 1}': value for n, value in enumerate(precisions)}
    return {'candidateLength': length, 'referenceLength': closest, 'scores': means, 'perImage': each}


if sys.argv[1:2] == ['--fakecap']:
    with open(sys.argv[2], encoding='utf-8') as file:
        items = [(item['test'].split(), [text.split() for text in item['refs']]) for item in json.load(file)]
    result = scores(items)
    del result['perImage']
    print(json.dumps(result, indent=1))
else:
    split = [(captions[0].split(), [text.split() for text in captions[1:]]) for captions in CAPTIONS]
    save('caption_scores', {'captions': CAPTIONS, **scores(split)})
