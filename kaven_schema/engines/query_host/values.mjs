// PostgreSQL's types in the engine's terms: the number of the column type, and the value in the form that the
// engine reads. What the native engine cannot read, this one refuses with the same words.

const COLUMN = {
  int32: 0,
  int64: 1,
  float: 2,
  double: 3,
  numeric: 4,
  boolean: 5,
  character: 6,
  text: 7,
  date: 8,
  time: 9,
  dateTime: 10,
  json: 11,
  enum: 12,
  bytes: 13,
  uuid: 15,
};
// There are no arrays of `set` (14), which is why those of `uuid` are not 64 further.
const arrayColumn = (column) => (column === COLUMN.uuid ? 78 : 64 + column);

const same = (text) => text;
const withoutZone = (time) => time.replace(/[+-][\d:]+$/, '');
const money = (text) => text.replace(/[^\d.()-]/g, '').replace(/^\((.*)\)$/, '-$1');
const bytes = (text) => [...Buffer.from(text.slice(2), 'hex')];

// [column type, its oid, its array's oid, parser]
const KNOWN = [
  ['boolean', 16, 1000, (text) => text === 't'],
  ['bytes', 17, 1001, bytes],
  ['text', 18, 1002, same], // "char"
  ['text', 19, undefined, same], // name
  ['int64', 20, 1016, same],
  ['int32', 21, 1005, Number],
  ['int32', 23, 1007, Number],
  ['text', 25, 1009, same],
  ['int64', 26, 1028, same], // oid
  ['json', 114, 199, same],
  ['text', 142, 143, same], // xml
  ['text', 650, 651, same], // cidr
  ['float', 700, 1021, Number],
  ['text', 705, undefined, same], // unknown
  ['double', 701, 1022, Number],
  ['numeric', 790, 791, money],
  ['text', 869, 1041, same], // inet
  ['text', 1042, 1014, same], // bpchar
  ['text', 1043, 1015, same], // varchar
  ['date', 1082, 1182, same],
  ['time', 1083, 1183, same],
  ['dateTime', 1114, 1115, same],
  ['dateTime', 1184, 1185, toUniversalTime],
  ['time', 1266, 1270, withoutZone],
  ['text', 1560, 1561, same], // bit
  ['text', 1562, 1563, same], // varbit
  ['numeric', 1700, 1231, same],
  ['uuid', 2950, 2951, same],
  ['json', 3802, 3807, same],
];

// Types of extensions have no fixed oid; these are the ones that read as text.
const TEXT_TYPES = new Set(['citext', 'ltree', 'lquery', 'ltxtquery']);
const FIRST_OWN_OID = 10000;

export class Types {
  #columns = new Map();
  #parsers = new Map();
  #names = new Map();

  constructor(parseArray) {
    this.parseArray = parseArray;
    for (const [column, oid, array, parser] of KNOWN) {
      this.#add(oid, COLUMN[column], parser);
      if (array) this.#add(array, arrayColumn(COLUMN[column]), this.#arrayOf(parser));
    }
    this.getTypeParser = (oid) => this.#parsers.get(oid) ?? same;
  }

  #add(oid, column, parser) {
    this.#columns.set(oid, column);
    this.#parsers.set(oid, parser);
  }

  #arrayOf(parser) {
    return (text) => this.parseArray(text, parser);
  }

  /** The oids among these that the database has to be asked about. */
  strangers(fields) {
    const strange = ({ dataTypeID: oid }) => !this.#columns.has(oid) && !this.#names.has(oid);
    return [...new Set(fields.filter(strange).map((field) => field.dataTypeID))];
  }

  /** One row of pg_type: what the column type of values of this oid is from now on. */
  learn({ oid, name, kind, element }) {
    this.#names.set(oid, name);
    if (oid < FIRST_OWN_OID) return;
    if (kind === 'e') this.#add(oid, COLUMN.enum, same);
    else if (element === 'e') this.#add(oid, arrayColumn(COLUMN.enum), this.#arrayOf(same));
    else if (TEXT_TYPES.has(name)) this.#add(oid, COLUMN.text, same);
  }

  columnType(oid) {
    return this.#columns.get(oid);
  }

  name(oid) {
    return this.#names.get(oid);
  }

  /** Reparse a column that was read before its type was known. */
  parser(oid) {
    return this.#parsers.get(oid);
  }
}

export const STRANGERS = `SELECT t.oid::int8::text, t.typname::text, t.typtype::text, e.typtype::text
FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
WHERE t.oid = ANY ($1::text[]::oid[])`;

const TIMESTAMP =
  /^((\d{4,})-(\d\d)-(\d\d)) ((\d\d):(\d\d):(\d\d))(\.\d+)?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/;

/** In whatever zone the session shows it: the engine takes a time without a zone to be UTC. */
function toUniversalTime(text) {
  const found = TIMESTAMP.exec(text);
  if (!found) return text; // infinity, and years before Christ: the engine's to refuse
  const [, day, y, m, d, time, hour, minute, second, fraction = '', sign, hours, minutes = 0, seconds = 0] =
    found;
  const ahead = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  if (!ahead) return `${day} ${time}${fraction}`;
  const moment = new Date(0);
  moment.setUTCFullYear(Number(y), m - 1, Number(d));
  moment.setUTCHours(Number(hour), Number(minute), Number(second) + (sign === '+' ? -ahead : ahead));
  return moment.toISOString().replace('T', ' ').replace('.000Z', fraction);
}
