// The engine's way to a database: Prisma's driver adapter, with what it lacks for migrations.

import { connectClient, quoted } from './connection.mjs'
import { PrismaPg } from './packages.mjs'

// "char" is the catalogs' own type, which the adapter does not take: to the engine it is a character.
const CHAR_OID = 18
const TEXT_OID = 25
const CHARACTER = 6

/** An adapter on a single connection: the engine's lock belongs to one. */
export async function openAdapter(
  parsed,
  { close = async () => {}, readOnly = false, onScriptError = () => {} } = {},
) {
  const { client, config } = await connectClient(parsed)
  await client.end()
  const factory = new PrismaPg({ ...config, max: 1, idleTimeoutMillis: 0 }, { schema: parsed.schema })
  const adapter = await factory.connect()
  const pool = adapter.underlyingDriver()
  pool.on('connect', (made) => prepare(made, parsed.schema, readOnly))
  typeCharacters(adapter)
  if (readOnly) adapter.executeRaw = async () => 0
  adapter.executeScript = async (script) => {
    if (readOnly) return
    // As one query: the adapter's own way cuts functions and texts apart at their semicolons.
    await pool.query(script).catch((error) => {
      onScriptError(error, script)
      adapter.onError(error)
    })
  }
  adapter.dispose = async () => {
    await pool.end()
    await close()
  }
  return adapter
}

/** Let the adapter take columns of type "char", and scripts, which give a result for each statement. */
function typeCharacters(adapter) {
  const performIO = adapter.performIO.bind(adapter)
  const queryRaw = adapter.queryRaw.bind(adapter)
  const places = new WeakMap()
  adapter.performIO = async (query) => {
    const answer = await performIO(query)
    const result = Array.isArray(answer) ? answer.at(-1) : answer
    const characters = [...result.fields.keys()].filter((at) => result.fields[at].dataTypeID === CHAR_OID)
    for (const at of characters) result.fields[at].dataTypeID = TEXT_OID
    places.set(result.rows, characters)
    return result
  }
  adapter.queryRaw = async (query) => {
    const found = await queryRaw(query)
    for (const at of places.get(found.rows) ?? []) found.columnTypes[at] = CHARACTER
    return found
  }
}

/** Settings are queued on a new connection before anything else is asked of it. */
function prepare(client, schema, readOnly) {
  const settings = [`SET search_path = ${quoted(schema)}`]
  if (readOnly) settings.push('SET default_transaction_read_only = on')
  client.query(settings.join(';')).catch(() => {})
}
