#!/usr/bin/env python3
"""Writes the training and held-out files of the default language model.

usage: prepare_default_model.py LANGID_DATA OUT_DIR

LANGID_DATA holds lingua/{sentences,word-pairs,single-words}.tsv, udhr-train/udhr.tsv and bible-train/bible.tsv (tab-separated label and text) and
shuyo-profiles/profiles/* (counts of 1- to 3-grams of Wikipedias, from which chains of likely letters are drawn: the commonest n-grams
of 49 languages, which news sentences alone show with too little weight). Sentences are news, law and scripture; what people write is shorter and
untidy, so each sentence is seen in short cuts too: in lower case without punctuation, in capitals, with a link, number, name or emoji, without accents.
Every fifth lingua line by SHA-1 is held out and never trained on. Output: train.txt and heldout.{sentences,word-pairs,single-words}.txt
in fastText's format (__label__xx text), in an order that the SHA-1 of each line decides, so that two runs write the same bytes.
"""
import hashlib
import json
import os
import random
import re
import sys
import unicodedata

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
BIBLE = {"Armenian-PART": "hy", "Basque-NT": "eu", "Estonian-PART": "et", "Gujarati-NT": "gu", "Latvian-NT": "lv", "Swahili-NT": "sw", "Ukranian-NT": "uk", "Zulu-NT": "zu"}
CJK = ("zh", "ja")
REPEATS = {"zh": 3, "ja": 5}  # lingua has 365 and 206 sentences of these, 500 of the others

# Languages that the web is mostly written in count three times: without that, texts of another style drift to their small neighbours (ru to bg, fr and es to ca).
LARGE = ("ar", "de", "en", "es", "fa", "fr", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "vi", "zh")
PROFILES = {"zh-cn": "zh", "zh-tw": "zh", "no": "nb", "kn": None, "ml": None, "ne": None}
CHAINS = 3000  # lines for each profile

CUTS = 8  # short pieces of each sentence
LOWER, CAPITALS, NOISY, PLAIN = 0.5, 0.4, 0.2, 0.2  # shares of cuts in lower case, and of sentences with one more cut changed so
NOISE = (
    "https://www.example.com/a1b2", "http://t.co/Xy12z", "www.abc.org", "user@mail.com", "@user_1", "RT @abc:", "#tag", "12", "2019", "3.5", "10:30", "50%", "1,000",
    "\U0001F600", "\u2764\uFE0F", "\U0001F602\U0001F602", "...", "!!!", "iPhone", "PDF",
)
# Languages that are often written without their accents.
ACCENTS = ("az", "bs", "ca", "cs", "de", "es", "et", "fi", "fr", "hr", "hu", "it", "lt", "lv", "pl", "pt", "ro", "sk", "sl", "sq", "sv", "tr", "vi")


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
    """The whole text, and short cuts of it as people write."""
    yield text
    chance = random.Random(digest("cut" + text))
    units, glue = (list(text), "") if label in CJK else (text.split(" "), " ")

    def cut():
        if len(units) < 4:
            return text
        size = min(chance.randint(4, 15) if label in CJK else chance.randint(2, 7), max(1, len(units) // 2))
        start = chance.randint(0, len(units) - size)
        return glue.join(units[start:start + size])

    for _ in range(CUTS if len(units) >= 4 else 0):
        piece = cut()
        yield re.sub(r"[^\w\s'’-]", "", piece).lower() if chance.random() < LOWER else piece
    if chance.random() < CAPITALS:
        yield cut().upper()
    if chance.random() < NOISY:
        words = cut().split(" ")
        words.insert(chance.randint(0, len(words)), chance.choice(NOISE))
        yield " ".join(words)
    if label in ACCENTS and chance.random() < PLAIN:
        yield "".join(c for c in unicodedata.normalize("NFD", cut()) if not unicodedata.combining(c))


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
        for _ in range(chance.randint(2, 7)):
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
    # A verse is long and its style is old: cuts alone.
    for label, text in rows(os.path.join(data, "bible-train", "bible.tsv")):
        if label in BIBLE:
            train += [(BIBLE[label], piece) for piece in list(pieces(BIBLE[label], text))[1:]]
    profiles = os.path.join(data, "shuyo-profiles", "profiles")
    for name in sorted(os.listdir(profiles)):
        label = PROFILES.get(name, name)
        if label:
            train += [(label, line) for line in chains(os.path.join(profiles, name), name) if line]
    lines = [f"__label__{label} {text}\n" for label, text in train for _ in range(3 if label in LARGE else 1) if text.strip()]
    with open(os.path.join(out, "train.txt"), "w", encoding="utf-8") as file:
        file.writelines(sorted(lines, key=digest))


main()
