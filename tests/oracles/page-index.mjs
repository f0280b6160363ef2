// Prints the page index of every column chunk as JSON lines, read by hyparquet. Usage: node page-index.mjs NPM_FOLDER FILE
import { pathToFileURL } from 'node:url'

const [folder, path] = process.argv.slice(2)
const load = name => import(pathToFileURL(`${folder}/node_modules/hyparquet/src/${name}`))
const { asyncBufferFromFile } = await load('node.js')
const { parquetMetadataAsync, parquetSchema } = await load('metadata.js')
const { readColumnIndex, readOffsetIndex } = await load('indexes.js')
const { getSchemaPath } = await load('schema.js')

const file = await asyncBufferFromFile(path)
const metadata = await parquetMetadataAsync(file)
const plain = (key, value) => typeof value === 'bigint' ? value.toString() : value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
const reader = async (offset, length) => {
  const start = Number(offset)
  return { view: new DataView(await file.slice(start, start + length)), offset: 0 }
}
for (const group of metadata.row_groups) {
  for (const chunk of group.columns) {
    const element = getSchemaPath(metadata.schema, chunk.meta_data.path_in_schema).at(-1).element
    const bounds = chunk.column_index_offset === undefined ? null
      : readColumnIndex(await reader(chunk.column_index_offset, chunk.column_index_length), element)
    const pages = readOffsetIndex(await reader(chunk.offset_index_offset, chunk.offset_index_length)).page_locations
    process.stdout.write(JSON.stringify({ column: chunk.meta_data.path_in_schema.join('.'), bounds, pages }, plain) + '\n')
  }
}
