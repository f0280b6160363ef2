// Hugging Face tokenizers and tiktoken as oracles, from the packages that install.sh put into .tools/npm.
//   train FILE OUT            trains byte-level BPE with the library's default trainer (vocabulary 30,000) and writes OUT
//   train-as JSON FILE OUT    the same with the pre-tokenizer of the tokenizer.json JSON
//   train-wordpiece FILE OUT  trains WordPiece in the same way, with BERT's pre-tokenizer
//   encode TOKENIZER JSONL    reads lines {"text": ...}, prints a line of ids each
//   pipeline CASES            reads lines {"file", "texts"}, prints a line {"ids", "special", "offsets", "decoded"} or {"error"} for each text
//   tiktoken ENCODING JSONL   the same through tiktoken
const fs = require('fs');
const path = require('path');

module.paths.push(path.join(__dirname, '..', '..', '.tools', 'npm', 'node_modules'));

const [command, first, second, third] = process.argv.slice(2);
const texts = () => fs.readFileSync(second, 'utf8').split('\n').filter(line => line).map(line => JSON.parse(line).text);

async function main() {
  if (command === 'tiktoken') {
    const encoding = require('tiktoken').get_encoding(first);
    for (const text of texts()) console.log(JSON.stringify(Array.from(encoding.encode_ordinary(text))));
    return;
  }
  const { Tokenizer, BPE, WordPiece, byteLevelPreTokenizer, bertPreTokenizer } = require('tokenizers');
  if (command === 'pipeline') {
    for (const line of fs.readFileSync(first, 'utf8').split('\n').filter(line => line)) {
      const { file, texts } = JSON.parse(line);
      const tokenizer = Tokenizer.fromFile(file);
      for (const text of texts) {
        const plain = await tokenizer.encode(text, null, { addSpecialTokens: false }), special = (await tokenizer.encode(text)).getIds();
        console.log(JSON.stringify({ ids: plain.getIds(), special, offsets: plain.getOffsets(), decoded: await tokenizer.decode(special, false) }));
      }
    }
    return;
  }
  if (command === 'train') {
    const tokenizer = new Tokenizer(BPE.empty());
    tokenizer.setPreTokenizer(byteLevelPreTokenizer(false));
    tokenizer.train([first]);
    tokenizer.save(second);
  } else if (command === 'train-as') {
    const file = JSON.parse(fs.readFileSync(first, 'utf8'));
    Object.assign(file, { added_tokens: [], post_processor: null });
    Object.assign(file.model, { vocab: {}, merges: [] });
    const tokenizer = Tokenizer.fromString(JSON.stringify(file));
    tokenizer.train([second]);
    tokenizer.save(third);
  } else if (command === 'train-wordpiece') {
    const tokenizer = new Tokenizer(WordPiece.empty());
    tokenizer.setPreTokenizer(bertPreTokenizer());
    tokenizer.train([first]);
    tokenizer.save(second);
  } else {
    const tokenizer = Tokenizer.fromFile(first);
    for (const text of texts()) console.log(JSON.stringify((await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds()));
  }
}

main();
