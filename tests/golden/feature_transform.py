"""Features standardized and reduced to principal components in NumPy. Needs numpy."""
import random

import numpy as np

from golden_file import numbers, save

ROWS, FEATURES = 30, 8
draw = random.Random(2)
given = [[round(value * (1 + j) + 3 * j, 3) for j, value in enumerate(row)] for row in numbers(draw, ROWS, FEATURES)]


def case(components, standardize):
    x = np.array(given)
    y = x - x.mean(0)
    if standardize:
        y = y / x.std(0)
    if components:
        _, _, v = np.linalg.svd(y - y.mean(0), full_matrices=False)
        v = v[:components]
        v *= np.sign(v[range(components), abs(v).argmax(1)])[:, None]
        y = y @ v.T
    return {'components': components, 'standardize': standardize, 'features': y.tolist()}


save('feature_transform', {
    'given': given,
    'standardized': case(0, True),
    'three components': case(3, False),
    'three components of standardized features': case(3, True),
})
