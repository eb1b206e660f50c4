// From the engine's answers to what the native engine would have answered in GraphQL, as text: to parse them
// would lose digits (700.0 is 700 to JavaScript) and time.

import { EngineError, asEntry } from './errors.mjs';

// In a string of the answer these quotes would be escaped: wherever it stands, it is a tag of the engine's.
const TAG = '{"$type":"';
const VALUE = '","value":"';

/** `{"$type":"BigInt","value":"1"}` becomes `"1"`. */
export function untag(text) {
  let at = text.indexOf(TAG);
  if (at < 0) return text;
  const parts = [];
  let done = 0;
  while (at >= 0) {
    const start = text.indexOf(VALUE, at) + VALUE.length - 1;
    const end = endOfString(text, start);
    parts.push(text.slice(done, at), text.slice(start, end));
    done = end + 1;
    at = text.indexOf(TAG, done);
  }
  parts.push(text.slice(done));
  return parts.join('');
}

function endOfString(text, start) {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text, at) {
  let before = at;
  while (text[before - 1] === '\\') before -= 1;
  return (at - before) % 2 === 1;
}

/** One answer, under the name that the client asked for. Rows of SQL hold the users' own JSON: left alone. */
export function answerOf(text, { field, alias, raw }) {
  const head = `{"data":{"${field}":`;
  if (!text.startsWith(head)) return text;
  const rest = text.slice(head.length);
  return `{"data":{"${alias}":${raw ? rest : untag(rest)}`;
}

export function answerOfBatch(text, queries) {
  const parts = [];
  let done = 0;
  queries.forEach((query, index) => {
    const head = `{"data":{"${query.field}":`;
    const at = text.indexOf(head, done);
    if (at < 0) return;
    const after = queries[index + 1];
    const next = after ? text.indexOf(`},{"data":{"${after.field}":`, at) : -1;
    const end = next < 0 ? text.length : next + 1;
    parts.push(text.slice(done, at), answerOf(text.slice(at, end), query));
    done = end;
  });
  parts.push(text.slice(done));
  return parts.join('');
}

const EXTERNAL = '"error_code":"P2036"';
const OUT_OF_RANGE = /PostgresError \{ code: "22003", message: "((?:[^"\\]|\\.)*)"/;

/** Failures that the engine has no word for, in those of the native one. */
export function withCauses(text, causes) {
  if (!text.includes(EXTERNAL) && !text.includes('22003')) return text;
  const answer = JSON.parse(text);
  const told = (entry) => {
    const cause = causes.take(entry.user_facing_error) ?? outOfRange(entry);
    return cause ? asEntry(cause) : entry;
  };
  if (answer.errors) answer.errors = answer.errors.map(told);
  for (const part of answer.batchResult ?? []) {
    if (part.errors) part.errors = part.errors.map(told);
  }
  return JSON.stringify(answer);
}

// The native engine finds it itself, before it asks the database.
function outOfRange({ error, user_facing_error: told }) {
  const found = !told.error_code && OUT_OF_RANGE.exec(error);
  if (!found) return undefined;
  const details = found[1].replace(/\\(.)/g, '$1');
  return new EngineError('P2020', `Value out of range for the type. ${details}`, { details });
}
