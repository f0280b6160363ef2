// Hugging Face tokenizers as a side of a contest: trains a tokenizer on a file of text with the library's own train().
//   train-tokenizer.js PACKAGES bpe|wordpiece|unigram VOCABULARY FILE
const crypto = require('crypto');
const fs = require('fs');
const os = require('os');
const path = require('path');
const readline = require('readline');

const [packages, algorithm, vocabulary, file] = process.argv.slice(2);
module.paths.push(path.join(packages, 'node_modules'));
const { Tokenizer, BPE, WordPiece, Unigram, bpeTrainer, wordPieceTrainer, unigramTrainer, byteLevelPreTokenizer, bertPreTokenizer, metaspacePreTokenizer } = require('tokenizers');

function train() {
  let tokenizer;
  if (algorithm === 'bpe') {
    tokenizer = new Tokenizer(BPE.empty());
    tokenizer.setPreTokenizer(byteLevelPreTokenizer(false));
  } else if (algorithm === 'wordpiece') {
    tokenizer = new Tokenizer(WordPiece.empty());
    tokenizer.setPreTokenizer(bertPreTokenizer());
  } else {
    tokenizer = new Tokenizer(Unigram.empty());
    tokenizer.setPreTokenizer(metaspacePreTokenizer());
  }
  tokenizer.train([file]);
  return tokenizer;
}

// The merges in order; not the vocabulary, of which this side leaves out bytes that it did not see.
function digest(tokenizer) {
  const out = path.join(os.tmpdir(), `train-tokenizer-${process.pid}.json`);
  tokenizer.save(out);
  const model = JSON.parse(fs.readFileSync(out, 'utf8')).model;
  fs.unlinkSync(out);
  if (!model.merges) return null;
  const lines = model.merges.map(merge => Array.isArray(merge) ? merge.join(' ') : merge).join('\n');
  return `${model.merges.length} merges ${crypto.createHash('sha256').update(lines).digest('hex')}`;
}

console.log('ready');
readline.createInterface({ input: process.stdin }).on('line', () => {
  const start = process.hrtime.bigint();
  const tokenizer = train();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  console.log(JSON.stringify({ seconds, digest: digest(tokenizer) }));
});
