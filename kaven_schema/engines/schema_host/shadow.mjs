// Databases in which migrations are tried. Never the main one.

import { randomUUID } from 'node:crypto'
import { openAdapter } from './adapter.mjs'
import { parseUrl, quoted, withClient } from './connection.mjs'
import { UserFacingError } from './errors.mjs'

const PREFIX = 'prisma_migrate_shadow_db_'
const FORGOTTEN_AFTER = 60 * 60 * 1000
const made = new Map()

/**
 * An adapter on an empty database: the one of `url`, which is emptied, or a new one beside `main`.
 * `live` is a database to look at instead, and to leave as it is; `spared` one that must not be emptied.
 */
export async function openShadow({ main, url = null, live = null, spared = null }) {
  if (live) return openAdapter(parseUrl(live), { readOnly: true })
  if (url) return openGiven(main ?? (spared && parseUrl(spared)), parseUrl(url))
  if (main === null) {
    throw new Error(
      'You must pass the --shadow-database-url if you want to diff a migrations directory.',
    )
  }
  const database = await create(main)
  const shadow = { ...main, config: { ...main.config, database } }
  return openAdapter(shadow, { close: () => drop(database) })
}

/** Drop what a request has left behind. */
export async function dropShadows() {
  for (const database of [...made.keys()]) await drop(database).catch(() => {})
}

async function openGiven(main, shadow) {
  const identity = await withClient(shadow, identify)
  if (main !== null && (await withClient(main, identify).catch(() => null)) === identity) {
    throw new UserFacingError(
      'P3014',
      'The shadow database is the main database. It is emptied each time: name another one as the shadow.',
    )
  }
  await withClient(shadow, (client) =>
    client.query(
      `DROP SCHEMA IF EXISTS ${quoted(shadow.schema)} CASCADE; CREATE SCHEMA ${quoted(shadow.schema)}`,
    ),
  )
  return openAdapter(shadow)
}

/** Two URLs may lead to one database; a server's start and a database's number tell. */
async function identify(client) {
  const { rows } = await client.query(
    'SELECT pg_postmaster_start_time()::text AS start, oid::text FROM pg_database WHERE datname = current_database()',
  )
  return `${rows[0].start} ${rows[0].oid}`
}

async function create(main) {
  const database = `${PREFIX}${Date.now()}_${randomUUID().slice(0, 8)}`
  await withClient(main, async (client) => {
    await sweep(client)
    await client.query(`CREATE DATABASE ${quoted(database)} TEMPLATE template0`).catch((error) => {
      throw new UserFacingError(
        'P3014',
        'Prisma Migrate could not create the shadow database. Please make sure the database user has ' +
          'permission to create databases. Read more about the shadow database (and workarounds) at ' +
          `https://pris.ly/d/migrate-shadow\n\nOriginal error: \n${error.message}`,
      )
    })
  })
  made.set(database, main)
  return database
}

/** Drop those of runs that were killed. */
async function sweep(client) {
  const { rows } = await client.query(
    `SELECT datname FROM pg_database WHERE datname ~ '^${PREFIX}[0-9]+_' AND datdba = current_user::regrole`,
  )
  for (const { datname } of rows) {
    const age = Date.now() - Number(datname.slice(PREFIX.length).split('_')[0])
    if (age > FORGOTTEN_AFTER) await client.query(`DROP DATABASE ${quoted(datname)}`).catch(() => {})
  }
}

async function drop(database) {
  const main = made.get(database)
  if (main === undefined) return
  made.delete(database)
  await withClient(main, (client) => client.query(`DROP DATABASE IF EXISTS ${quoted(database)} WITH (FORCE)`))
}
