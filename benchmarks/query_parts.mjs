// What the engine, the driver and the translation cost by themselves: the engine with an answer of the database
// that is kept. Prints microseconds of processor time for each query, as JSON.

import { createRequire } from 'node:module';

const [host, packages, datamodel, graphql] = process.argv.slice(2);
const use = (name) => import(`${host}/${name}.mjs`);
const { readFileSync } = await import('node:fs');
const [{ createAdapter, Causes }, { answerOf }, { openConnection }, { parseConnectionString }] = await Promise.all(
  ['adapter', 'answers', 'connection', 'connection_string'].map(use),
);
const [{ readSchema }, { Engine }, { translate }, { Metrics }, { Pool }, { Types }] = await Promise.all(
  ['datamodel', 'engine', 'graphql', 'metrics', 'pool', 'values'].map(use),
);

const WARM = 4000;
const COUNTED = 2000;

const load = createRequire(`${packages}/package.json`);
const pg = load('pg');
const text = readFileSync(datamodel, 'utf8');
const { models } = readSchema(text);
const settings = parseConnectionString(process.env.DATABASE_URL, { folder: '.', env: process.env });
const types = new Types((array, parser) => pg.types.arrayParser.create(array, (item) => parser(item)).parse());
const pool = new Pool(settings, () => openConnection(pg, settings, types), new Metrics());
const real = createAdapter({ pool, types, causes: new Causes(), schema: settings.schema, onQuery: () => {} });

let sql;
let kept;
const adapter = { ...real, queryRaw: async (query) => (kept ??= await real.queryRaw((sql = query))) };
const engine = new Engine({ datamodel: text, adapter, load, onCrash: () => process.exit(1) });
await engine.start();

async function cost(work) {
  for (let count = 0; count < WARM; count += 1) await work();
  const before = process.cpuUsage();
  for (let count = 0; count < COUNTED; count += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / COUNTED;
}

const query = translate(graphql, models);
const answer = await engine.query(query.query);
if (!answer.includes(`"${query.field}"`) || answer.includes('"errors"')) throw new Error(answer);
const found = {
  engine: await cost(() => engine.query(query.query)),
  driver: await cost(() => real.queryRaw(sql)),
  translation: await cost(() => answerOf(answer, translate(graphql, models))),
};
process.stdout.write(JSON.stringify(found));
process.exit(0);
