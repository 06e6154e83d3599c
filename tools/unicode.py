"""Writes src/ShowTell/Datasets/Import/decompositions.txt: Unicode's canonical decompositions and combining classes, by
which names of photos are compared. .NET's own need ICU, which is not on every machine. Run: python3 tools/unicode.py"""
import os, sys, unicodedata

path = os.path.join(os.path.dirname(__file__), "../src/ShowTell/Datasets/Import/decompositions.txt")
hangul = range(0xAC00, 0xD7A4)  # Computed, not listed.
points = [c for c in range(sys.maxunicode + 1) if not 0xD800 <= c < 0xE000 and c not in hangul]
with open(path, "w", encoding="ascii", newline="\n") as file:
    file.write(f"# Unicode {unicodedata.unidata_version}, by tools/unicode.py: character = full canonical decomposition,\n"
               "# character : combining class\n")
    for c in points:
        whole = unicodedata.normalize("NFD", chr(c))
        if whole != chr(c):
            file.write(f"{c:X}={' '.join(f'{ord(part):X}' for part in whole)}\n")
    for c in points:
        if unicodedata.combining(chr(c)):
            file.write(f"{c:X}:{unicodedata.combining(chr(c))}\n")
