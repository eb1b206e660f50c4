// The npm packages of the engine, from the folder that they were installed into.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = process.env.KAVEN_SCHEMA_ENGINE_PACKAGES
const require = createRequire(join(folder, 'package.json'))

export const pg = require('pg')
export const { PrismaPg } = require('@prisma/adapter-pg')
export const { DriverAdapterError, bindMigrationAwareSqlAdapterFactory } = require(
  '@prisma/driver-adapter-utils',
)

/** Prisma's reader of schema files, of the version that the command line has. */
export const schemaReader = () => require('@prisma/prisma-schema-wasm')

// Where the module says why it panics, just before it traps.
export const panic = { message: null }
globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => (panic.message = message) }

let loaded = null

/** The class SchemaEngine of the WebAssembly module. */
export async function loadSchemaEngine() {
  if (loaded === null) {
    const place = join(folder, 'node_modules/@prisma/schema-engine-wasm/schema_engine_bg')
    const glue = await import(pathToFileURL(`${place}.js`).href)
    const bytes = readFileSync(`${place}.wasm`)
    const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': glue })
    glue.__wbg_set_wasm(instance.exports)
    instance.exports.__wbindgen_start?.()
    loaded = glue.SchemaEngine
  }
  return loaded
}

/** After a panic the module's memory is not to be trusted: the next use starts with a new one. */
export function forgetSchemaEngine() {
  loaded = null
}
