// What the host needs of a schema: where its database is, and which fields are Json or relations.
//
// The engine validates the schema; this only reads what is valid, one declaration a line.

const BLOCK = /^\s*(model|view|datasource|generator|enum|type)\s+([A-Za-z][\w-]*)\s*\{/;
const FIELD = /^\s*([A-Za-z]\w*)\s+([A-Za-z]\w*)\s*(\[\s*\])?/;
const STRING = '"((?:[^"\\\\]|\\\\.)*)"';
const SETTING = new RegExp(`^\\s*(\\w+)\\s*=\\s*(?:env\\(\\s*${STRING}\\s*\\)|${STRING})`);

/**
 * `models` maps a name to its fields, a name to `{ json, model, list }`; `model` is the map of the other
 * side's fields where the field is a relation.
 */
export function readSchema(text) {
  const types = new Map();
  let datasource;
  for (const { kind, name, lines } of blocks(text)) {
    if (kind === 'model' || kind === 'view') types.set(name, fields(lines));
    else if (kind === 'datasource') datasource = { name, ...settings(lines) };
  }
  for (const model of types.values()) {
    for (const field of model.values()) field.model = types.get(field.type);
  }
  return { datasource, models: types };
}

function* blocks(text) {
  let block;
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (!block) {
      const opened = BLOCK.exec(line);
      if (opened) block = { kind: opened[1], name: opened[2], lines: [] };
    } else if (/^\s*\}/.test(line)) {
      yield block;
      block = undefined;
    } else {
      block.lines.push(line);
    }
  }
}

function fields(lines) {
  const found = new Map();
  for (const line of lines) {
    const field = FIELD.exec(line);
    if (field) found.set(field[1], { type: field[2], json: field[2] === 'Json', list: Boolean(field[3]) });
  }
  return found;
}

function settings(lines) {
  const found = {};
  for (const line of lines) {
    const [, name, variable, literal] = SETTING.exec(line) ?? [];
    if (!name) continue;
    const value = literal === undefined ? undefined : JSON.parse(`"${literal}"`);
    found[name] = name === 'url' ? { variable, value } : value;
  }
  return found;
}
