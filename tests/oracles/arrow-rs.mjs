// Reads a Parquet file with parquet-wasm (arrow-rs) and writes it again. Usage: node arrow-rs.mjs NPM_FOLDER FILE TARGET CODEC VERSION DICTIONARY ENCODING
import { createRequire } from 'node:module'
import { readFileSync, writeFileSync } from 'node:fs'

const [folder, path, target, codec, version, dictionary, encoding] = process.argv.slice(2)
const wasm = createRequire(import.meta.url)(`${folder}/node_modules/parquet-wasm/node/parquet_wasm.js`)
const table = wasm.readParquet(readFileSync(path))
let properties = new wasm.WriterPropertiesBuilder()
  .setCompression(wasm.Compression[codec])
  .setWriterVersion(wasm.WriterVersion[version])
  .setDictionaryEnabled(dictionary === 'true')
  .setMaxRowGroupSize(500)
  .setDataPageSizeLimit(3000)
if (encoding !== '') {
  for (const setting of encoding.split(',')) {
    const [column, name] = setting.split('=')
    properties = properties.setColumnEncoding(column, wasm.Encoding[name])
  }
}
writeFileSync(target, wasm.writeParquet(table, properties.build()))
