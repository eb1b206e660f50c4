// The native engine's log: a line of JSON each on standard output, or plain lines without RUST_LOG_FORMAT.
//
// Only what is named here is ever logged: no connection string, no password.

const LEVELS = ['off', 'error', 'warn', 'info', 'debug', 'trace'];

export class Log {
  constructor({ logFormat, logLevel, logQueries }) {
    this.isJson = logFormat === 'json';
    this.level = Math.max(1, LEVELS.indexOf(logLevel.toLowerCase()));
    this.logsQueries = logQueries;
  }

  info(message, fields = {}) {
    if (this.level >= 3) this.#write('INFO', 'query_engine::server', { message, ...fields });
  }

  /** A statement as PostgreSQL got it; only if queries are to be logged. */
  query(sql, values, milliseconds) {
    if (!this.logsQueries) return;
    this.#write('INFO', 'quaint::connector::metrics', {
      item_type: 'query',
      is_query: true,
      query: sql,
      params: `[${values.map(shown).join()}]`,
      duration_ms: Math.round(milliseconds),
    });
  }

  /** What keeps the engine from its database goes where a user looks: to standard error. */
  error(error) {
    process.stderr.write(`${JSON.stringify(error.toJSON())}\n`);
  }

  #write(level, target, fields) {
    const timestamp = new Date().toISOString();
    const text = this.isJson
      ? JSON.stringify({ timestamp, level, fields, target })
      : `${timestamp} ${level} ${target}: ${plain(fields)}`;
    process.stdout.write(`${text}\n`);
  }
}

function plain({ message, query, params, duration_ms: duration, ...rest }) {
  if (query !== undefined) return `${query} params=${params} duration_ms=${duration}`;
  return [message, ...Object.entries(rest).map(([name, value]) => `${name}=${value}`)].join(' ');
}

function shown(value) {
  if (value instanceof Uint8Array) return `<${value.byteLength} bytes blob>`;
  if (Array.isArray(value)) return `[${value.map(shown).join()}]`;
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}
