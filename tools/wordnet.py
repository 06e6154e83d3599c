#!/usr/bin/env python3
"""Writes the table of synonyms that METEOR uses, src/ShowTell.Metrics/wordnet.zlib, from WordNet's own files.

Usage: tools/wordnet.py [FOLDER]

FOLDER holds index.noun, noun.exc and the like; by default /usr/share/wordnet, where Debian's wordnet-base puts them.
The same files give the same bytes. The table is text, compressed by zlib: the license of WordNet, an empty line, and for
nouns, verbs, adjectives and adverbs
  - the words of a synset in each line. Phrases are left out, and so are synsets whose words all stand together in
    another one, since they add no pair of synonyms;
  - an empty line;
  - an irregular form and its base forms in each line, and an empty line.
"""

import pathlib
import sys
import zlib

KINDS = ["noun", "verb", "adj", "adv"]
TABLE = pathlib.Path(__file__).parents[1] / "src/ShowTell.Metrics/wordnet.zlib"


def license_lines(folder):
    lines = (folder / "index.noun").read_text("ascii").splitlines()
    return ["# " + line.split(None, 1)[1].strip() if len(line.split()) > 1 else "#"
            for line in lines if line.startswith(" ")]


def synsets(path):
    """The words of each synset. A line of an index: lemma, kind, number of synsets, ..., their offsets."""
    words = {}
    for line in path.read_text("ascii").splitlines():
        fields = line.split()
        if not line.startswith(" ") and "_" not in fields[0]:
            for offset in fields[-int(fields[2]):]:
                words.setdefault(offset, []).append(fields[0])
    return {tuple(sorted(synset)) for synset in words.values()}


def without_subsets(sets):
    kept, with_word = [], {}
    for words in sorted(sets, key=lambda words: (-len(words), words)):
        if not any(other.issuperset(words) for other in with_word.get(words[0], [])):
            kept.append(words)
            for word in words:
                with_word.setdefault(word, []).append(frozenset(words))
    return sorted(kept)


def exceptions(path):
    forms = {}
    for line in path.read_text("ascii").splitlines():
        word, *bases = line.split() or [""]
        if bases and "_" not in word:
            forms.setdefault(word, []).extend(bases)
    return sorted((word, *dict.fromkeys(bases)) for word, bases in forms.items())


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/wordnet")
    lines = [*license_lines(folder), ""]
    for kind in KINDS:
        lines += [" ".join(words) for words in without_subsets(synsets(folder / f"index.{kind}"))] + [""]
        lines += [" ".join(words) for words in exceptions(folder / f"{kind}.exc")] + [""]
    TABLE.write_bytes(zlib.compress("".join(line + "\n" for line in lines).encode("ascii"), 9))
    print(f"{TABLE}: {TABLE.stat().st_size} bytes")


main()
