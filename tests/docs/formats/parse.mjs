// What Mermaid's and DBML's own parsers make of a file: node parse.mjs NODE_MODULES FORMAT FILE
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [modules, format, file] = process.argv.slice(2)
const text = readFileSync(file, 'utf8')
const require = createRequire(`${modules}/x.js`)
let found
if (format === 'mermaid') {
  const { default: mermaid } = await import(pathToFileURL(`${modules}/mermaid/dist/mermaid.core.mjs`))
  await mermaid.parse(text)
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text)
  found = {
    tables: Object.fromEntries([...db.getEntities()].map(([name, one]) => [name, one.attributes.map((a) => a.name)])),
    links: db.getRelationships().length,
  }
} else {
  const { Parser } = require('@dbml/core')
  const database = new Parser().parse(text, 'dbmlv2')
  const [schema] = database.schemas
  found = {
    tables: Object.fromEntries(schema.tables.map((one) => [one.name, one.fields.map((field) => field.name)])),
    links: schema.refs.length,
    enums: Object.fromEntries(schema.enums.map((one) => [one.name, one.values.map((value) => value.name)])),
    groups: schema.tableGroups.map((group) => group.name),
    notes: Object.fromEntries(schema.tables.map((one) => [one.name, one.note])),
    indexes: schema.tables.flatMap((one) => one.indexes).length,
  }
}
process.stdout.write(JSON.stringify(found))
