// Vocabularies that the npm package tiktoken carries, as files that other programs read.
//   ranks.js ENCODING RANKS          writes a rank file: base64 of the bytes, a space, the rank
//   ranks.js ENCODING RANKS JSON     writes a tokenizer.json of the same vocabulary too, with the merges that the ranks imply, for Hugging Face tokenizers
const fs = require('fs');
const path = require('path');

const npm = process.env.ORACLES_NPM || path.join(__dirname, '..', '..', '.tools', 'npm');
const [encoding, ranksFile, jsonFile] = process.argv.slice(2);
const source = JSON.parse(fs.readFileSync(path.join(npm, 'node_modules', 'tiktoken', 'encoders', encoding + '.json'), 'utf8'));

const tokens = [];
for (const line of source.bpe_ranks.split('\n').filter(line => line)) {
  const [, first, ...encoded] = line.split(' ');
  encoded.forEach((base64, i) => tokens.push([base64, Number(first) + i]));
}
fs.writeFileSync(ranksFile, tokens.map(([base64, rank]) => `${base64} ${rank}\n`).join(''));

if (jsonFile) {
  const ranks = new Map(tokens.map(([base64, rank]) => [Buffer.from(base64, 'base64').toString('latin1'), rank]));
  const spell = spelling();
  const merges = [];
  for (const [token, rank] of [...ranks].sort((a, b) => a[1] - b[1])) {
    if (token.length < 2) continue;
    const parts = mergeBelow(token, rank, ranks);
    if (parts.length !== 2) throw new Error(`token ${rank} is no merge of two`);
    merges.push(parts.map(spell));
  }
  // Special tokens stand in the vocabulary too: Hugging Face numbers added tokens that do not without looking at their ids, and some encodings leave ids out.
  const vocabulary = Object.fromEntries([...ranks].map(([token, rank]) => [spell(token), rank]));
  Object.assign(vocabulary, source.special_tokens);
  const added = Object.entries(source.special_tokens)
    .map(([content, id]) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }));
  fs.writeFileSync(jsonFile, JSON.stringify({
    version: '1.0', truncation: null, padding: null, added_tokens: added, normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: source.pat_str }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false,
      ignore_merges: true, vocab: vocabulary, merges,
    },
  }));
}

// Merges neighbours, least rank first, until only ranks from `limit` on are left.
function mergeBelow(token, limit, ranks) {
  let parts = token.split('');
  for (;;) {
    let best = -1, least = limit;
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = ranks.get(parts[i] + parts[i + 1]);
      if (rank !== undefined && rank < least) [best, least] = [i, rank];
    }
    if (best < 0) return parts;
    parts.splice(best, 2, parts[best] + parts[best + 1]);
  }
}

// GPT-2's letters for bytes: printable ones stand for themselves, the others follow from U+0100 on.
function spelling() {
  const letters = [];
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    letters.push(String.fromCharCode(printable ? byte : next++));
  }
  return token => [...token].map(char => letters[char.charCodeAt(0)]).join('');
}
