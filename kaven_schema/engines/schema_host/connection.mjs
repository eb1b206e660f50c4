// Connection strings as Prisma writes them, for the driver `pg`.

import { readFileSync } from 'node:fs'
import { UserFacingError, connectionError } from './errors.mjs'
import { pg } from './packages.mjs'

const CHECKED = new Set(['verify-ca', 'verify-full'])

/** { config, schema } of a URL: what `pg` wants, and the schema that Prisma works in. */
export function parseUrl(text) {
  let url
  try {
    url = new URL(text)
  } catch {
    throw invalid('invalid port number, host or encoding in database URL')
  }
  if (!/^postgres(ql)?:$/.test(url.protocol)) {
    throw new UserFacingError(
      'P1012',
      'Error validating datasource: the URL must start with the protocol `postgresql://` or `postgres://`.',
    )
  }
  const options = url.searchParams
  const config = {
    host: options.get('host') || decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '') || 'localhost',
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username) || 'postgres',
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
    connectionTimeoutMillis: 1000 * Number(options.get('connect_timeout') ?? 5),
    application_name: options.get('application_name') ?? undefined,
    options: options.get('options') ?? undefined,
    keepAlive: true,
  }
  return { config, schema: options.get('schema') || 'public', tls: tls(options, config.host) }
}

function invalid(message) {
  return new UserFacingError(
    'P1013',
    `The provided database string is invalid. ${message}. Please refer to the documentation in ` +
      'https://www.prisma.io/docs/reference/database-reference/connection-urls for constructing a correct ' +
      'connection string. In some cases, certain characters must be escaped. Please check the string for ' +
      'any illegal characters.',
  )
}

/** The TLS settings to try, in this order. Prisma checks a certificate only if it is told to be strict. */
function tls(options, host) {
  const mode = options.get('sslmode') ?? 'prefer'
  if (host.startsWith('/') || mode === 'disable') return [false]
  const authority = options.get('sslcert') ?? options.get('sslrootcert')
  const secure = {
    rejectUnauthorized: options.get('sslaccept') === 'strict' || CHECKED.has(mode),
    ca: authority ? readFileSync(authority, 'utf8') : undefined,
    checkServerIdentity: mode === 'verify-ca' ? () => undefined : undefined,
  }
  if (secure.checkServerIdentity === undefined) delete secure.checkServerIdentity
  return mode === 'prefer' || mode === 'allow' ? [secure, false] : [secure]
}

/** A connected client, and the configuration that led there. Throws UserFacingError. */
export async function connectClient(parsed) {
  for (const [index, ssl] of parsed.tls.entries()) {
    const config = { ...parsed.config, ssl }
    const client = new pg.Client(config)
    client.on('error', () => {}) // what breaks later is told by the next query
    try {
      await client.connect()
      return { client, config }
    } catch (error) {
      const unencrypted = /does not support SSL/.test(error.message)
      if (!unencrypted || index + 1 === parsed.tls.length) throw connectionError(error, parsed.config)
    }
  }
  throw new Error('no way to connect was tried')
}

/** Do something with a client of its own, which is closed afterwards. */
export async function withClient(parsed, work) {
  const { client } = await connectClient(parsed)
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

export const quoted = (name) => `"${name.replaceAll('"', '""')}"`
