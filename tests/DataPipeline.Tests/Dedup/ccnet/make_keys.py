"""Writes keys.txt: CCNet's key of every line of the samples and of lines.txt, found without the project (Wenzek et al. 2019, arXiv 1911.00359).

The key of a line: strip, lower case, digits to 0, without 34 punctuation marks and control characters; SHA-1 of the UTF-8, first 8 bytes; empty lines have none.
Run it in the root of the repository: python3 tests/DataPipeline.Tests/Dedup/ccnet/make_keys.py
"""
import hashlib
import pathlib
import re

MARKS = "，。、„”“«»１」「《》´∶：？！（）；–—．～’…━〈〉【】％►"
assert len(MARKS) == 34
HERE = pathlib.Path(__file__).parent
FILES = [HERE / "lines.txt", *(pathlib.Path("samples") / name for name in (
    "books/heyan-zaji.txt", "books/the-keeper-of-the-small-light.txt", "dialogue/dialogues.jsonl", "README.md"))]


def key(line: str) -> str:
    line = re.sub(r"\d", "0", line.strip().lower())
    line = "".join(c for c in line if c not in MARKS and not ord(c) < 32 and not 127 <= ord(c) < 160)
    return hashlib.sha1(line.encode()).digest()[:8].hex() if line else "-"


with open(HERE / "keys.txt", "w", newline="\n") as out:
    for file in FILES:
        for line in file.read_bytes().decode().split("\n"):
            out.write(key(line) + "\n")
