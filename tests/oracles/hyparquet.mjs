// Prints the rows of a Parquet file as JSON lines, read by hyparquet. Usage: node hyparquet.mjs NPM_FOLDER FILE
import { pathToFileURL } from 'node:url'

const [folder, path] = process.argv.slice(2)
const load = name => import(pathToFileURL(`${folder}/node_modules/${name}`))
const { asyncBufferFromFile, parquetReadObjects } = await load('hyparquet/src/node.js')
const { compressors } = await load('hyparquet-compressors/src/index.js')

const file = await asyncBufferFromFile(path)
const rows = await parquetReadObjects({ file, compressors, utf8: false })
const plain = (key, value) =>
  typeof value === 'bigint' ? value.toString()
    : value instanceof Uint8Array ? Buffer.from(value).toString('hex')
      : value ?? null
process.stdout.write(rows.map(row => JSON.stringify(row, plain)).join('\n') + '\n')
