// Which strings of a query are Json values. In GraphQL, which the client speaks, a Json value is a string
// like any other; in the JSON protocol, which the engine speaks, it has to be marked as one.
//
// A shape describes the value at one place: `json` says what a string there is, `child(name)` gives the
// shape of a member. Lists have the shape of their items.

export const PLAIN = { json: false, child: () => PLAIN };

const JSON_VALUE = {
  json: true,
  child: (name) => (name === 'path' || name === 'mode' || name.startsWith('string_') ? PLAIN : JSON_VALUE),
};

const LOGIC = new Set(['AND', 'OR', 'NOT']);
const LIST_FILTERS = new Set(['some', 'every', 'none']);
const ONE_FILTERS = new Set(['is', 'isNot']);

class Shape {
  #children = new Map();
  json = false;

  constructor(find) {
    this.find = find;
  }

  child(name) {
    let shape = this.#children.get(name);
    if (!shape) this.#children.set(name, (shape = this.find(name) ?? PLAIN));
    return shape;
  }
}

const byModel = (make) => {
  const made = new WeakMap();
  return (model) => {
    if (!made.has(model)) made.set(model, new Shape((name) => make(model, name)));
    return made.get(model);
  };
};

/** The arguments of an action on a model, or of a relation in a selection. */
export const argumentsOf = byModel((model, name) => {
  if (name === 'where' || name === 'cursor' || name === 'having') return where(model);
  if (name === 'data' || name === 'create' || name === 'update') return data(model);
  return PLAIN;
});

const where = byModel((model, name) => {
  const field = model.get(name);
  if (!field) return LOGIC.has(name) ? where(model) : PLAIN;
  if (field.json) return JSON_VALUE;
  return field.model && relationFilter(field);
});

function relationFilter({ model, list }) {
  const operators = list ? LIST_FILTERS : ONE_FILTERS;
  return new Shape((name) => (operators.has(name) ? where(model) : where(model).child(name)));
}

const data = byModel((model, name) => {
  const field = model.get(name);
  if (field?.json) return JSON_VALUE;
  return field?.model && nested(field);
});

function nested({ model, list }) {
  return new Shape((name) => {
    if (name === 'create') return data(model);
    if (name === 'update') return list ? envelope(model) : updateOfOne(model);
    if (name === 'connectOrCreate' || name === 'createMany' || name === 'updateMany') return envelope(model);
    return name === 'upsert' ? envelope(model) : where(model);
  });
}

const envelope = argumentsOf;

// `update: { field: … }` and `update: { where: …, data: { field: … } }` are both right, and the model may
// have a Json field called data: its value is a string, the envelope's an object.
function updateOfOne(model) {
  return new Shape((name) => {
    const own = data(model).child(name);
    if (name === 'where' && !model.has('where')) return where(model);
    if (name !== 'data') return own;
    return { json: own.json, child: (member) => data(model).child(member) };
  });
}
