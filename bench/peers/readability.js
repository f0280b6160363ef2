// A side of the web contests. Arguments: folder of the npm packages, DOM (jsdom or linkedom), JSON lines of pages.
// Timed from the building of the DOM to Readability's textContent.
const fs = require('fs');
const path = require('path');

const [npm, dom, file] = process.argv.slice(2);
module.paths.push(path.join(npm, 'node_modules'));
const { Readability } = require('@mozilla/readability');
const pages = fs.readFileSync(file, 'utf8').split('\n').filter(line => line).map(line => JSON.parse(line).text);
const open = opener();

function opener() {
  if (dom === 'jsdom') {
    const { JSDOM, VirtualConsole } = require('jsdom');
    return html => new JSDOM(html, { virtualConsole: new VirtualConsole() }).window;
  }
  const { parseHTML } = require('linkedom');
  return html => parseHTML(html);
}

function run() {
  let articles = 0, failed = 0;
  const start = process.hrtime.bigint();
  for (const html of pages) {
    try {
      const window = open(html);
      const article = new Readability(window.document).parse();
      articles += article && article.textContent ? 1 : 0;
      if (window.close) window.close();
    } catch {
      failed++;
    }
  }
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, figures: { articles, failed } };
}

async function main() {
  console.log('ready');
  for await (const line of require('readline').createInterface({ input: process.stdin })) {
    if (line !== 'run') break;
    console.log(JSON.stringify(run()));
  }
}

main();
