// What the engine is given to make its adapters with: for a database, and for work without one.

import { openAdapter } from './adapter.mjs'
import { parseUrl } from './connection.mjs'
import { openShadow } from './shadow.mjs'

/**
 * A factory whose main database is `url`; `shadow` says where migrations are tried, `onScriptError` hears what
 * the database says to a script of which the engine only knows that it failed.
 */
export function databaseFactory(url, shadow = {}, onScriptError = () => {}) {
  const parsed = parseUrl(url)
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => openAdapter(parsed, { onScriptError }),
    connectToShadowDb: () => openShadow({ main: parsed, ...shadow }),
  }
}

/**
 * A factory for what needs no database; the engine connects at once all the same. What has no schema of its own
 * stands in that of the shadow.
 */
export function stubFactory(shadow = {}) {
  const schemaName = shadow.url ? parseUrl(shadow.url).schema : 'public'
  return {
    provider: 'postgres',
    adapterName: 'none',
    connect: async () => stubAdapter(schemaName),
    connectToShadowDb: () => openShadow({ main: null, ...shadow }),
  }
}

function stubAdapter(schemaName) {
  const none = async () => 0
  return {
    provider: 'postgres',
    adapterName: 'none',
    getConnectionInfo: () => ({ schemaName, supportsRelationJoins: true }),
    // The only question before a diff: the schema, the version, the version as a number.
    queryRaw: async () => ({
      columnNames: ['exists', 'version', 'numeric_version'],
      columnTypes: [5, 7, 0],
      rows: [[true, 'PostgreSQL 16.0', 160000]],
    }),
    executeRaw: none,
    executeScript: none,
    dispose: none,
    startTransaction: async () => {
      throw new Error('no database was named')
    },
  }
}
