#!/usr/bin/env node
// Writes properties.txt: scripts and derived properties as the regular expressions of the npm package `tokenizers` (Oniguruma, Unicode 16) have
// them, and the classes of its UnicodeScripts pre-tokenizer, measured over every code point.
// usage: NODE_PATH=.tools/npm/node_modules node make_properties.js NAMES_OF_SCRIPTS > properties.txt   (a file with a script name on each line)
const { Tokenizer } = require('tokenizers');
const make = pre_tokenizer => Tokenizer.fromString(JSON.stringify({
  version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer, post_processor: null, decoder: null,
  model: { type: 'WordLevel', vocab: { '[UNK]': 0 }, unk_token: '[UNK]' } })).getPreTokenizer();
const points = [];
for (let c = 0; c < 0x110000; c++) if (c < 0xD800 || c >= 0xE000) points.push(c);
const all = points.map(c => String.fromCodePoint(c)).join('');
const hex = ranges => ranges.map(([a, b]) => a === b ? a.toString(16) : `${a.toString(16)}-${b.toString(16)}`).join(',');

function matched(pattern) {
  const out = [];
  for (const [piece] of make({ type: 'Split', pattern: { Regex: pattern }, behavior: 'Removed', invert: true }).preTokenizeString(all))
    for (const s of piece) {
      const c = s.codePointAt(0), last = out[out.length - 1];
      if (last && last[1] === c - 1) last[1] = c; else out.push([c, c]);
    }
  return out;
}

console.log('# Made by make_properties.js; Unicode 16. A name, then code points and ranges in hexadecimal.');
const scripts = require('fs').readFileSync(process.argv[2], 'utf8').split('\n').filter(name => name);
for (const name of ['Alphabetic', 'Uppercase', 'Lowercase', 'Emoji', 'Extended_Pictographic', 'Ideographic', ...scripts])
  console.log(name.toLowerCase().replaceAll('_', ''), hex(matched(`\\p{${name}}+`)));

const cut = make({ type: 'UnicodeScripts' }), pieces = (...c) => cut.preTokenizeString(String.fromCodePoint(...c)).length;
const classes = [];
for (const c of points) {
  if (pieces(c) === 0) continue;
  const last = classes.find(ranges => ranges[ranges.length - 1][1] === c - 1 && pieces(c - 1, c) === 1);
  if (last) { last[last.length - 1][1] = c; continue; }
  const known = classes.find(ranges => pieces(ranges[0][0], c) === 1);
  if (known) known.push([c, c]); else classes.push([[c, c]]);
}
classes.forEach((ranges, i) => console.log(`run${i}`, hex(ranges)));
