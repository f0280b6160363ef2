#!/usr/bin/env python3
"""Writes the training and held-out files of the default language model.

usage: prepare_default_model.py LANGID_DATA OUT_DIR

LANGID_DATA holds lingua/{sentences,word-pairs,single-words}.tsv and udhr-train/udhr.tsv (tab-separated label and text) and
shuyo-profiles/profiles/* (counts of 1- to 3-grams of Wikipedias, from which chains of likely letters are drawn: the commonest n-grams
of 49 languages, which news sentences alone show with too little weight).
Every fifth lingua line by SHA-1 is held out and never trained on. Output: train.txt and heldout.{sentences,word-pairs,single-words}.txt
in fastText's format (__label__xx text), in an order that the SHA-1 of each line decides, so that two runs write the same bytes.
"""
import hashlib
import json
import os
import random
import re
import sys

UDHR = {
    "afr": "af", "arb": "ar", "azj_latn": "az", "bel": "be", "bul": "bg", "ben": "bn", "bos_latn": "bs", "cat": "ca", "ces": "cs", "cym": "cy",
    "dan": "da", "deu_1996": "de", "deu_1901": "de", "ell_monotonic": "el", "eng": "en", "epo": "eo", "spa": "es", "est": "et", "eus": "eu",
    "pes_1": "fa", "pes_2": "fa", "fin": "fi", "fra": "fr", "gle": "ga", "guj": "gu", "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu",
    "hye": "hy", "ind": "id", "isl": "is", "ita": "it", "jpn": "ja", "jpn_osaka": "ja", "jpn_tokyo": "ja", "kat": "ka", "kaz": "kk", "kor": "ko",
    "lat": "la", "lat_1": "la", "lug": "lg", "lit": "lt", "lav": "lv", "mri": "mi", "mkd": "mk", "khk": "mn", "mar": "mr", "mly_latn": "ms",
    "nob": "nb", "nld": "nl", "nno": "nn", "pan": "pa", "pol": "pl", "por_BR": "pt", "por_PT": "pt", "ron_1993": "ro", "ron_2006": "ro",
    "rus": "ru", "slk": "sk", "slv": "sl", "sna": "sn", "som": "so", "als": "sq", "srp_cyrl": "sr", "sot": "st", "swe": "sv", "swh": "sw",
    "tam": "ta", "tel": "te", "tha": "th", "tgl": "tl", "tsn": "tn", "tur": "tr", "tso_MZ": "ts", "tso_ZW": "ts", "ukr": "uk", "urd": "ur",
    "urd_2": "ur", "vie": "vi", "xho": "xh", "yor": "yo", "zul": "zu", "cmn_hans": "zh", "cmn_hant": "zh", "cmn_hans_beijing": "zh",
    "cmn_hans_tianjin": "zh", "cmn_hans_nanjing": "zh", "cmn_hans_harbin": "zh", "cmn_hans_guiyang": "zh",
}
CJK = ("zh", "ja")
REPEATS = {"zh": 3, "ja": 5}  # lingua has 365 and 206 sentences of these, 500 of the others

# Languages that the web is mostly written in count twice: without that, texts of another style drift to their small neighbours (ru to bg, fr and es to ca).
LARGE = ("ar", "de", "en", "es", "fa", "fr", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "vi", "zh")
PROFILES = {"zh-cn": "zh", "zh-tw": "zh", "no": "nb", "kn": None, "ml": None, "ne": None}
CHAINS = 500  # lines for each profile


def digest(text):
    return hashlib.sha1(text.encode()).digest()


def rows(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            label, _, text = line.rstrip("\n").partition("\t")
            text = re.sub(r"\s+", " ", text).strip()
            if text:
                yield label, text


def pieces(label, text):
    """The whole text and two cuts of it, so that short texts are seen too."""
    yield text
    d = digest("cut" + text)
    if label in CJK:
        units, glue, size = list(text), "", 4 + d[0] % 12
    else:
        units, glue, size = text.split(" "), " ", 2 + d[0] % 6
    if len(units) >= size * 2:
        for k in (1, 2):
            start = (d[k] * 256 + d[k + 2]) % (len(units) - size + 1)
            yield glue.join(units[start:start + size])


def chains(path, name):
    """Lines of made-up words, each letter drawn by the counts of the trigrams that it ends."""
    with open(path, encoding="utf-8") as file:
        counts = json.load(file)["freq"]
    follow = {}
    for gram, count in sorted(counts.items()):
        if len(gram) > 1:
            letters, weights = follow.setdefault(gram[:-1], ([], []))
            letters.append(gram[-1])
            weights.append(count)
    chance = random.Random(name)
    for _ in range(CHAINS):
        words = []
        for _ in range(chance.randint(3, 14)):
            word = " "
            while len(word) < 14:
                known = follow.get(word[-2:]) if len(word) > 1 and chance.random() < 0.97 else None
                known = known or follow.get(word[-1])
                if not known:
                    break
                letter = chance.choices(*known)[0]
                if letter == " " and len(word) > 1:
                    break
                word += letter.strip()
            words.append(word.strip())
        yield ("" if name in ("zh-cn", "zh-tw", "ja", "th") else " ").join(words).strip()


def main():
    data, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    train = []
    for name in ("sentences", "word-pairs", "single-words"):
        heldout = []
        for label, text in rows(os.path.join(data, "lingua", name + ".tsv")):
            if digest(text)[0] % 5 == 0:
                heldout.append(f"__label__{label} {text}\n")
                continue
            for _ in range(REPEATS.get(label, 1)):
                train += [(label, piece) for piece in (pieces(label, text) if name == "sentences" else [text])]
        with open(os.path.join(out, f"heldout.{name}.txt"), "w", encoding="utf-8") as file:
            file.writelines(heldout)
    for label, text in rows(os.path.join(data, "udhr-train", "udhr.tsv")):
        if label in UDHR:
            train += [(UDHR[label], piece) for piece in pieces(UDHR[label], text)]
    profiles = os.path.join(data, "shuyo-profiles", "profiles")
    for name in sorted(os.listdir(profiles)):
        label = PROFILES.get(name, name)
        if label:
            train += [(label, line) for line in chains(os.path.join(profiles, name), name) if line]
    lines = [f"__label__{label} {text}\n" for label, text in train for _ in range(2 if label in LARGE else 1)]
    with open(os.path.join(out, "train.txt"), "w", encoding="utf-8") as file:
        file.writelines(sorted(lines, key=digest))


main()
