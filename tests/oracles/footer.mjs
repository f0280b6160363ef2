// Prints the footer of a Parquet file as JSON, read by hyparquet; 64-bit numbers as text. Usage: node footer.mjs NPM_FOLDER FILE
import { pathToFileURL } from 'node:url'

const [folder, path] = process.argv.slice(2)
const load = name => import(pathToFileURL(`${folder}/node_modules/hyparquet/src/${name}`))
const { asyncBufferFromFile } = await load('node.js')
const { parquetMetadataAsync } = await load('metadata.js')

const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path))
process.stdout.write(JSON.stringify(metadata, (key, value) => typeof value === 'bigint' ? value.toString() : value))
