// A side of the tokenizer contests. Arguments: folder of the npm packages, library, tokenizer, JSON lines.
//   hf-encode, hf-batch TOKENIZER.JSON    Hugging Face tokenizers, a call for each document or one for 512
//   tiktoken ENCODING                     tiktoken's WASM build
// Only the calls of the library are timed: for Hugging Face not the copying of ids into JavaScript.
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const [npm, library, tokenizer, file] = process.argv.slice(2);
module.paths.push(path.join(npm, 'node_modules'));
const texts = fs.readFileSync(file, 'utf8').split('\n').filter(line => line).map(line => JSON.parse(line).text);

async function main() {
  const encode = await encoder();
  console.log('ready');
  for await (const line of require('readline').createInterface({ input: process.stdin })) {
    if (line !== 'run') break;
    console.log(JSON.stringify(await encode()));
  }
}

async function encoder() {
  if (library === 'tiktoken') {
    const encoding = require('tiktoken').get_encoding(tokenizer);
    return async () => run(async part => part.map(text => encoding.encode_ordinary(text)), ids => ids);
  }
  const model = require('tokenizers').Tokenizer.fromFile(tokenizer);
  const options = { addSpecialTokens: false };
  if (library === 'hf-batch') return () => run(part => model.encodeBatch(part, options), encoding => Uint32Array.from(encoding.getIds()));
  return () => run(async part => {
    const encodings = [];
    for (const text of part) encodings.push(await model.encode(text, null, options));
    return encodings;
  }, encoding => Uint32Array.from(encoding.getIds()));
}

// In parts, so that the encodings of Hugging Face, with all they hold beside ids, do not fill the memory.
async function run(encode, idsOf) {
  const hash = crypto.createHash('sha256');
  let nanoseconds = 0n, tokens = 0;
  for (let from = 0; from < texts.length; from += 512) {
    const part = texts.slice(from, from + 512);
    const start = process.hrtime.bigint();
    const encoded = await encode(part);
    nanoseconds += process.hrtime.bigint() - start;
    for (const one of encoded) {
      const ids = idsOf(one);
      tokens += ids.length;
      hash.update(Uint32Array.of(ids.length)).update(ids);
    }
  }
  return { seconds: Number(nanoseconds) / 1e9, digest: hash.digest('hex').slice(0, 16), figures: { tokens } };
}

main();
