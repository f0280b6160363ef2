#!/usr/bin/env python3
"""Writes normalization.bin, the table behind UnicodeNormalizer, from Python's unicodedata, and prints the digests its test expects.

usage: make_normalization.py OUT_FILE

All numbers are LEB128 varints. Layout: length and bytes of the Unicode version; combining classes as (count, then per range: gap to the
last range's end, length, class); canonical then compatibility decompositions as (count, then per entry: gap to the last code point, number
of code points, code points), full ones, Hangul left out, the second list only where it differs; composition pairs as (count, then per pair:
first, second, composite).
"""
import hashlib
import sys
import unicodedata

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def varint(out, value):
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def decompositions(out, form, skip_form):
    entries = []
    for c in CODE_POINTS:
        full = unicodedata.normalize(form, chr(c))
        if full != chr(c) and not 0xAC00 <= c <= 0xD7A3 and (skip_form is None or full != unicodedata.normalize(skip_form, chr(c))):
            entries.append((c, full))
    varint(out, len(entries))
    last = 0
    for c, full in entries:
        varint(out, c - last)
        varint(out, len(full))
        for part in full:
            varint(out, ord(part))
        last = c


def main():
    out = bytearray()
    version = unicodedata.unidata_version.encode()
    varint(out, len(version))
    out += version
    ranges = []
    for c in CODE_POINTS:
        ccc = unicodedata.combining(chr(c))
        if ccc == 0:
            continue
        if ranges and ranges[-1][0] + ranges[-1][1] == c and ranges[-1][2] == ccc:
            ranges[-1][1] += 1
        else:
            ranges.append([c, 1, ccc])
    varint(out, len(ranges))
    end = 0
    for start, length, ccc in ranges:
        varint(out, start - end)
        varint(out, length)
        varint(out, ccc)
        end = start + length
    decompositions(out, "NFD", None)
    decompositions(out, "NFKD", "NFD")
    pairs = []
    for c in CODE_POINTS:
        parts = unicodedata.decomposition(chr(c)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            first, second = int(parts[0], 16), int(parts[1], 16)
            if unicodedata.normalize("NFC", chr(first) + chr(second)) == chr(c):
                pairs.append((first, second, c))
    varint(out, len(pairs))
    for pair in pairs:
        for value in pair:
            varint(out, value)
    with open(sys.argv[1], "wb") as file:
        file.write(out)
    print(f"Unicode {unicodedata.unidata_version}, {len(out)} bytes")
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        alone, among = hashlib.sha256(), hashlib.sha256()
        for c in CODE_POINTS:
            alone.update(unicodedata.normalize(form, chr(c)).encode() + b"\n")
            among.update(unicodedata.normalize(form, f"a\u0301{chr(c)}\u0323\u0301x\u1100{chr(c)}\u11A8").encode() + b"\n")
        print(form, alone.hexdigest(), among.hexdigest())


main()
