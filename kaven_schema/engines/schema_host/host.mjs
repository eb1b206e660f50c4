// Stands in for Prisma's native schema engine: its JSON-RPC on stdin and stdout, a line a message, and its
// commands `--version` and `cli --datasource URL can-connect-to-database | create-database | drop-database`.

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { parseUrl, quoted, withClient } from './connection.mjs'
import { didPanic, panicError, rpcError } from './errors.mjs'
import { Host, createDatabaseOf } from './methods.mjs'
import { panic } from './packages.mjs'
import { dropShadows } from './shadow.mjs'

const VERSION = 'schema-engine-cli 393aa359c9ad4a4bb28630fb5613f9c281cde053'
const OPTIONS = {
  datamodels: { type: 'string', multiple: true, short: 'd' },
  datamodel: { type: 'string', multiple: true },
  'enabled-preview-features': { type: 'string' },
  datasource: { type: 'string' },
  version: { type: 'boolean', short: 'V' },
}
const COMMANDS = {
  'can-connect-to-database': (url) => withClient(parseUrl(url), async () => 'Connection successful'),
  'create-database': async (url) => `Database '${await createDatabaseOf(url)}' was successfully created.`,
  'drop-database': async (url) => {
    const parsed = parseUrl(url)
    const { database } = parsed.config
    const beside = { ...parsed, config: { ...parsed.config, database: 'postgres' } }
    await withClient(beside, (client) => client.query(`DROP DATABASE ${quoted(database)} WITH (FORCE)`))
    return `The database was successfully dropped.`
  },
}

function log(level, target, fields) {
  process.stderr.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, fields, target })}\n`)
}

async function runCommand(name, url) {
  log('INFO', 'schema_engine', { message: 'Starting schema engine CLI', git_hash: VERSION.split(' ')[1] })
  try {
    log('INFO', 'schema_engine::logger', { message: await COMMANDS[name](url) })
    return 0
  } catch (error) {
    const { data } = rpcError(error)
    const { message, error_code, is_panic } = data
    log('ERROR', 'schema_engine::logger', { message, error_code: error_code ?? 'P1000', is_panic })
    return 1
  }
}

function serve(files) {
  let lastPrint = 0
  const waiting = new Map()
  const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const print = (content) => {
    lastPrint += 1
    send({ id: lastPrint, method: 'print', params: { content } })
    return new Promise((resolve) => waiting.set(lastPrint, resolve))
  }
  const host = new Host(files, print)
  let work = Promise.resolve()

  // A panic in the middle of an asynchronous call settles no promise.
  let fail = () => {}
  process.on('uncaughtException', (error) => fail(panicError(panic.message, error)))

  const answer = async ({ id, method, params }) => {
    try {
      const crashed = new Promise((_, reject) => (fail = reject))
      send({ id, result: (await Promise.race([host.call(method, params), crashed])) ?? null })
    } catch (caught) {
      const error = caught instanceof WebAssembly.RuntimeError ? panicError(panic.message, caught) : caught
      if (didPanic(error)) host.restart()
      send({ id, error: error.rpcCode ? { code: error.rpcCode, message: error.message } : rpcError(error) })
    } finally {
      await dropShadows()
    }
  }
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    if (!line.trim()) return
    const message = JSON.parse(line)
    if (message.method !== undefined) work = work.then(() => answer(message))
    else {
      waiting.get(message.id)?.()
      waiting.delete(message.id)
    }
  })
  lines.on('close', () => work.then(end))
  // Whoever asked has gone: what runs in the database is rolled back with its connection.
  const parent = process.ppid
  setInterval(() => process.ppid === parent || end(), 500).unref()
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end)
}

async function end() {
  await dropShadows()
  process.exit(0)
}

const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true })
if (values.version) {
  console.log(VERSION)
} else if (positionals[0] === 'cli') {
  process.exitCode = await runCommand(positionals[1], values.datasource)
} else {
  const paths = [...(values.datamodels ?? []), ...(values.datamodel ?? [])]
  serve(paths.map((path) => ({ path, content: readFileSync(path, 'utf8') })))
}
