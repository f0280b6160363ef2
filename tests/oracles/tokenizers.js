// Hugging Face tokenizers and tiktoken as oracles. Run with NODE_PATH at the folder of the installed packages.
//   train FILE OUT            trains byte-level BPE with the library's default trainer (vocabulary 30,000) and writes OUT
//   encode TOKENIZER JSONL    reads lines {"text": ...}, prints a line of ids each
//   tiktoken ENCODING JSONL   the same through tiktoken
const fs = require('fs');

const [command, first, second] = process.argv.slice(2);
const texts = () => fs.readFileSync(second, 'utf8').split('\n').filter(line => line).map(line => JSON.parse(line).text);

async function main() {
  if (command === 'tiktoken') {
    const encoding = require('tiktoken').get_encoding(first);
    for (const text of texts()) console.log(JSON.stringify(Array.from(encoding.encode_ordinary(text))));
    return;
  }
  const { Tokenizer, BPE, byteLevelPreTokenizer } = require('tokenizers');
  if (command === 'train') {
    const tokenizer = new Tokenizer(BPE.empty());
    tokenizer.setPreTokenizer(byteLevelPreTokenizer(false));
    tokenizer.train([first]);
    tokenizer.save(second);
  } else {
    const tokenizer = Tokenizer.fromFile(first);
    for (const text of texts()) console.log(JSON.stringify((await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds()));
  }
}

main();
