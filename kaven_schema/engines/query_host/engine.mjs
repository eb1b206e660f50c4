// Prisma's query engine, a WebAssembly module: loading it, asking it, and starting it again after a crash.

import { readFileSync } from 'node:fs';

import { EngineError, PanicError } from './errors.mjs';

const RUNTIME = '@prisma/client/runtime/query_engine_bg.postgresql';
const NO_TRACE = '{}';

export class Engine {
  #module;
  #engine;
  #unanswered = new Set();

  /** `resources`: the datamodel, the driver adapter, `load` to require from the packages, and `onCrash()`. */
  constructor({ datamodel, adapter, load, onCrash }) {
    this.datamodel = datamodel;
    this.adapter = adapter;
    this.load = load;
    this.onCrash = onCrash;
  }

  async start() {
    this.#module = await WebAssembly.compile(readFileSync(this.load.resolve(`${RUNTIME}.wasm`)));
    await this.#instantiate();
  }

  async #instantiate() {
    // The glue code keeps the state of its one instance: each instance needs its own.
    const file = this.load.resolve(`${RUNTIME}.js`);
    delete this.load.cache[file];
    const glue = this.load(file);
    const { exports } = await WebAssembly.instantiate(this.#module, { './query_engine_bg.js': glue });
    glue.__wbg_set_wasm(exports);
    exports.__wbindgen_start?.();
    const settings = {
      datamodel: this.datamodel,
      logLevel: 'error',
      logQueries: false,
      ignoreEnvVarErrors: true,
      datasourceOverrides: {},
      env: {},
      configDir: '.',
      engineProtocol: 'json',
    };
    try {
      this.#engine = new glue.QueryEngine(settings, () => {}, this.adapter);
      await this.#engine.connect(NO_TRACE);
    } catch (error) {
      throw told(error);
    }
  }

  query(body, transaction) {
    return this.#ask((engine) => engine.query(body, NO_TRACE, transaction));
  }

  startTransaction(options) {
    return this.#ask((engine) => engine.startTransaction(options, NO_TRACE));
  }

  commit(transaction) {
    return this.#ask((engine) => engine.commitTransaction(transaction, NO_TRACE));
  }

  rollback(transaction) {
    return this.#ask((engine) => engine.rollbackTransaction(transaction, NO_TRACE));
  }

  /** Crash on purpose, for the native engine's debugging header: the module traps at what is no id. */
  panic() {
    return this.#ask((engine) => engine.commitTransaction('', NO_TRACE));
  }

  #ask(call) {
    return new Promise((resolve, reject) => {
      this.#unanswered.add(reject);
      const done = (settle) => (value) => {
        this.#unanswered.delete(reject);
        settle(value);
      };
      try {
        call(this.#engine).then(done(resolve), (error) => done(reject)(told(error)));
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) this.crashed();
        else done(reject)(told(error));
      }
    });
  }

  /** A trap leaves the module's memory in any state, and what it was about to answer unanswered. */
  async crashed() {
    const unanswered = [...this.#unanswered];
    this.#unanswered.clear();
    this.onCrash();
    await this.#instantiate();
    const error = new PanicError(undefined, 'The query engine crashed. It has been started again.');
    for (const reject of unanswered) reject(error);
  }
}

/** The engine throws its errors as JSON in the message of an Error. */
function told(error) {
  try {
    const { message, error_code: code, meta } = JSON.parse(error.message);
    return new EngineError(code, message, meta);
  } catch {
    return error;
  }
}
