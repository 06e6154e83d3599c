"""What the scripts beside this one share: numbers to give, and a JSON file to write."""
import json
import os
import sys


def numbers(random, *shape, scale=1.0):
    """Nested lists of normal numbers of three digits, which need few bytes."""
    if not shape:
        return round(random.gauss(0, scale), 3)
    return [numbers(random, *shape[1:], scale=scale) for _ in range(shape[0])]


def save(name, value):
    """Writes NAME.json beside the scripts, or to the path that the command line names."""
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), name + '.json')
    with open(path, 'w', encoding='utf-8', newline='\n') as file:
        file.write(_text(value, 2) + '\n')


def _text(value, levels):
    """JSON, with a line for each entry of the outer objects."""
    if levels and isinstance(value, dict):
        return '{\n' + ',\n'.join(f'{json.dumps(key)}: {_text(item, levels - 1)}' for key, item in value.items()) + '\n}'
    return json.dumps(_rounded(value), separators=(',', ':'), ensure_ascii=False)


def _rounded(value):
    """Fourteen digits: more are noise."""
    if isinstance(value, float):
        return float(f'{value:.14g}')
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value
