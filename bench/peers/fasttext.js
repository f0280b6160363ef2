// fastText's own program as a side: each run starts it twice, and the seconds are the difference, so that starting and loading cost nothing.
// usage: fasttext.js predict MODEL SMALL LARGE | fasttext.js train FEW_EPOCHS MANY_EPOCHS OUTPUT ARGUMENTS...
const { execFileSync } = require('child_process');
const crypto = require('crypto');
const [mode, ...rest] = process.argv.slice(2);

function timed(args) {
  const start = process.hrtime.bigint();
  const output = execFileSync('fasttext', args, { maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'ignore'] });
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, output };
}

function run() {
  if (mode === 'predict') {
    const [model, small, large] = rest;
    const few = timed(['predict-prob', model, small]), many = timed(['predict-prob', model, large]);
    const labels = many.output.toString().trimEnd().split('\n').map(line => line.split(' ')[0].replace('__label__', '')).join('\n');
    return { seconds: many.seconds - few.seconds, digest: crypto.createHash('sha256').update(labels).digest('hex') };
  }
  const [few, many, output, ...args] = rest;
  const train = epochs => timed(['supervised', '-output', output, '-thread', '1', '-verbose', '0', '-epoch', epochs, ...args]);
  const one = train(few), all = train(many);
  return { seconds: all.seconds - one.seconds };
}

console.log('ready');
require('readline').createInterface({ input: process.stdin }).on('line', line => {
  if (line === 'run') console.log(JSON.stringify(run()));
});
