// From the GraphQL that the client writes to the JSON protocol of the engine, text to text in one pass.
//
// A GraphQL string of JSON's escapes is a JSON string already, and a number stays the digits that it is: no
// value is ever turned into one of JavaScript's and back.

import { EngineError } from './errors.mjs';
import { PLAIN, argumentsOf } from './shapes.mjs';

const IGNORED = /(?:[\s,\uFEFF]|#[^\r\n]*)*/y;
const NAME = /[A-Za-z_]\w*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})|\t)*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;

const RAW = new Set(['queryRaw', 'executeRaw']);
const ACTIONS = [
  'findUnique',
  'findFirst',
  'findMany',
  'createManyAndReturn',
  'createMany',
  'createOne',
  'updateMany',
  'updateOne',
  'upsertOne',
  'deleteMany',
  'deleteOne',
  'aggregate',
  'groupBy',
];
const LITERALS = new Set(['true', 'false', 'null']);
const SMALLEST = -(2n ** 63n);
const LARGEST = 2n ** 63n - 1n;

/** The engine's query, the name it answers under, the name the client asked for, and whether it is SQL. */
export function translate(text, models) {
  const reader = new Reader(text);
  const kind = reader.isNext('{') ? 'query' : reader.name();
  if (kind !== 'query' && kind !== 'mutation') throw unsupported(`A ${kind} in a document`);
  if (!reader.isNext('{')) reader.name();
  reader.expect('{');
  const first = reader.name();
  const field = reader.takes(':') ? reader.name() : first;
  const operation = splitOperation(field, models);
  const body = reader.call(operation.shape, operation.model);
  reader.expect('}');
  reader.end();
  const model = operation.modelName === undefined ? '' : `"modelName":"${operation.modelName}",`;
  const query = `{${model}"action":"${operation.action}","query":${body}}`;
  return { query, field, alias: first, raw: RAW.has(field) };
}

function splitOperation(field, models) {
  if (RAW.has(field)) return { action: field, shape: PLAIN };
  for (const action of ACTIONS) {
    if (!field.startsWith(action)) continue;
    const rest = field.slice(action.length);
    const found = operationOn(rest, action, models) ?? operationOrThrow(rest, action, models);
    if (found) return found;
  }
  throw new EngineError(
    'P2009',
    `Failed to validate the query: \`Field does not exist on enclosing type.\` at \`Query.${field}\``,
    { kind: 'UnknownSelectionField', selectionPath: [field] },
  );
}

function operationOn(modelName, action, models) {
  const model = models.get(modelName);
  return model && { action, modelName, model, shape: argumentsOf(model) };
}

function operationOrThrow(rest, action, models) {
  if (!rest.endsWith('OrThrow')) return undefined;
  return operationOn(rest.slice(0, -'OrThrow'.length), `${action}OrThrow`, models);
}

class Reader {
  constructor(text) {
    this.text = text;
    this.position = 0;
    this.skip();
  }

  skip() {
    IGNORED.lastIndex = this.position;
    IGNORED.exec(this.text);
    this.position = IGNORED.lastIndex;
  }

  match(pattern) {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text);
    if (found) this.position = pattern.lastIndex;
    return found;
  }

  isNext(character) {
    return this.text[this.position] === character;
  }

  takes(character) {
    if (!this.isNext(character)) return false;
    this.position += 1;
    this.skip();
    return true;
  }

  expect(character) {
    if (!this.takes(character)) throw this.unexpected(`Expected ${character}`);
  }

  end() {
    if (this.position < this.text.length) throw this.unexpected('Expected one operation');
  }

  name() {
    const found = this.match(NAME);
    if (!found) throw this.unexpected('Expected Name');
    this.skip();
    return found[0];
  }

  /** The arguments and the selection of a field. */
  call(shape, model) {
    const given = this.takes('(') ? this.members(shape, ')') : '{}';
    const chosen = this.takes('{') ? this.selection(model) : '{}';
    return `{"arguments":${given},"selection":${chosen}}`;
  }

  selection(model) {
    const parts = [];
    while (!this.takes('}')) {
      if (this.isNext('.')) throw unsupported('A fragment in a selection');
      const name = this.name();
      const nested = model?.get(name)?.model;
      const plain = !this.isNext('(') && !this.isNext('{');
      parts.push(`"${name}":${plain ? 'true' : this.call(nested ? argumentsOf(nested) : PLAIN, nested)}`);
    }
    return `{${parts.join()}}`;
  }

  members(shape, closing) {
    const parts = [];
    while (!this.takes(closing)) {
      const name = this.name();
      this.expect(':');
      parts.push(`"${name}":${this.value(shape.child(name))}`);
    }
    return `{${parts.join()}}`;
  }

  value(shape) {
    switch (this.text[this.position]) {
      case '"':
        return this.string(shape);
      case '{':
        this.takes('{');
        return this.members(shape, '}');
      case '[':
        return this.list(shape);
      case '$':
        throw unsupported('Variable usage');
      default:
        return this.number() ?? this.word();
    }
  }

  list(shape) {
    const items = [];
    this.takes('[');
    while (!this.takes(']')) items.push(this.value(shape));
    return `[${items.join()}]`;
  }

  string(shape) {
    const found = this.match(STRING);
    if (!found) throw this.unexpected('Malformed string');
    this.skip();
    const text = found[0].includes('\t') ? found[0].replaceAll('\t', '\\t') : found[0];
    return shape.json ? `{"$type":"Json","value":${text}}` : text;
  }

  number() {
    const found = this.match(NUMBER);
    if (!found) return undefined;
    this.skip();
    const [text, fraction, exponent] = found;
    if (!fraction && !exponent && text.length > 15) checkRange(text);
    return text;
  }

  word() {
    const word = this.name();
    return LITERALS.has(word) ? word : `{"$type":"Enum","value":"${word}"}`;
  }

  unexpected(problem) {
    const before = this.text.slice(0, this.position).split('\n');
    const place = `${before.length}:${before.at(-1).length + 1}`;
    return new EngineError(
      undefined,
      `Error parsing GraphQL query: query parse error: ${problem} at ${place}`,
    );
  }
}

function checkRange(text) {
  const number = BigInt(text);
  if (number >= SMALLEST && number <= LARGEST) return;
  const details =
    'Query parsing failure: A number used in the query does not fit into a 64 bit signed integer. Consider ' +
    "using `BigInt` as field type if you're trying to store large integers.";
  throw new EngineError('P2033', details, { details });
}

function unsupported(feature) {
  return new EngineError(undefined, `Unsupported feature: ${feature}.`);
}
