// Errors as Prisma's native schema engine reports them.

/** An error that the user can do something about; `code` is one of Prisma's, such as P1001. */
export class UserFacingError extends Error {
  constructor(code, message, meta = null) {
    super(message)
    this.code = code
    this.meta = meta
  }
}

const REFUSED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'ENOENT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'EACCES'])
const TIMED_OUT = new Set(['ETIMEDOUT', 'ERR_CONNECTION_TIMEOUT'])

/** What a failure to connect means, in the native engine's words. */
export function connectionError(error, { host, port, user, database }) {
  const place = `${host}:${port}`
  const cause = error.errors?.[0] ?? error // several addresses of one name
  if (cause.code === '28P01' || /password/i.test(cause.message) && cause.code === undefined) {
    return new UserFacingError(
      'P1000',
      `Authentication failed against database server at \`${host}\`, the provided database credentials for ` +
        `\`${user}\` are not valid.\n\nPlease make sure to provide valid database credentials for the ` +
        `database server at \`${host}\`.`,
      { database_host: host, database_user: user },
    )
  }
  if (cause.code === '3D000') {
    return new UserFacingError(
      'P1003',
      `Database \`${database}\` does not exist on the database server at \`${place}\`.`,
      { database_name: database, database_host: host, database_port: port },
    )
  }
  if (cause.code === '28000' || cause.code === '42501') {
    return new UserFacingError('P1010', `User \`${user}\` was denied access on the database \`${database}\``)
  }
  if (TIMED_OUT.has(cause.code) || /timeout/.test(cause.message)) {
    return new UserFacingError(
      'P1002',
      `The database server at \`${place}\` was reached but timed out.\n\n` +
        `Please try again.\n\nPlease make sure your database server is running at \`${place}\`.`,
      { database_host: host, database_port: port },
    )
  }
  if (REFUSED.has(cause.code)) {
    return new UserFacingError(
      'P1001',
      `Can't reach database server at \`${place}\`\n\n` +
        `Please make sure your database server is running at \`${place}\`.`,
      { database_host: host, database_port: port },
    )
  }
  if (/SSL|TLS|certificate/.test(cause.message)) {
    return new UserFacingError('P1011', `Error opening a TLS connection: ${cause.message}`)
  }
  if (/terminated unexpectedly|ECONNRESET/.test(`${cause.message} ${cause.code}`)) {
    return new UserFacingError('P1017', 'Server has closed the connection.')
  }
  return cause
}

/** What the database said to a migration's script, with the lines before the place that it named. */
export function migrationFailure(name, error, script) {
  const told = [`${error.severity ?? 'ERROR'}: ${error.message}`]
  if (error.detail) told.push(`DETAIL: ${error.detail}`)
  if (error.hint) told.push(`HINT: ${error.hint}`)
  if (error.position) {
    const before = script.slice(0, Number(error.position)).split('\n')
    const lines = script.split('\n').slice(0, before.length)
    const shown = lines.map((line, index) => `${String(index + 1).padStart(3)} ${line}`).slice(-6)
    told.push('', 'Position:', ...shown)
  }
  const code = error.code ?? 'unknown'
  return new UserFacingError(
    'P3018',
    'A migration failed to apply. New migrations cannot be applied before the error is recovered from. ' +
      'Read more about how to resolve migration issues in a production database: ' +
      `https://pris.ly/d/migrate-resolve\n\nMigration name: ${name}\n\nDatabase error code: ${code}\n\n` +
      `Database error:\n${told.join('\n')}\n`,
    { migration_name: name, database_error_code: code, database_error: told.join('\n') },
  )
}

export const didPanic = (error) => error instanceof WebAssembly.RuntimeError || error.name === 'PanicError'

/** A panic under the message that the engine left. */
export function panicError(message, trap) {
  const text = `${message ?? trap?.message ?? trap}`.replace(/^panicked at /, 'the engine crashed at ')
  return Object.assign(new Error(text), { name: 'PanicError' })
}

// Where the engine came from means nothing to a user.
const TRACE = /\n +\d+: schema_engine[^]*$/

/** The error object of a JSON-RPC answer. */
export function rpcError(error) {
  const isPanic = didPanic(error)
  const message = String(error.message ?? error).replace(TRACE, '')
  const known = typeof error.code === 'string' && /^P\d{4}$/.test(error.code)
  const data = { is_panic: isPanic, message, backtrace: null }
  if (known) Object.assign(data, { error_code: error.code, meta: error.meta ?? null })
  return { code: 4466, message: 'An error happened. Check the data field for details.', data }
}
