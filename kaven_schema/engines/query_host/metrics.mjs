// The native engine's metrics, under its names. The module was built without them, so the host counts.

const BUCKETS = [0, 1, 5, 10, 50, 100, 500, 1000, 5000, 50000];

const COUNTERS = {
  prisma_client_queries_total: 'Total number of Prisma Client queries executed',
  prisma_datasource_queries_total: 'Total number of Datasource Queries executed',
  prisma_pool_connections_closed_total: 'Total number of Pool Connections closed',
  prisma_pool_connections_opened_total: 'Total number of Pool Connections opened',
};
const GAUGES = {
  prisma_client_queries_active: 'Number of currently active Prisma Client queries',
  prisma_client_queries_wait: 'Number of Prisma Client queries currently waiting for a connection',
  prisma_pool_connections_busy: 'Number of currently busy Pool Connections (executing a datasource query)',
  prisma_pool_connections_idle:
    'Number of currently unused Pool Connections (waiting for the next datasource query to run)',
  prisma_pool_connections_open: 'Number of currently open Pool Connections',
};
const HISTOGRAMS = {
  prisma_client_queries_duration_histogram_ms:
    'Histogram of the duration of all executed Prisma Client queries in ms',
  prisma_client_queries_wait_histogram_ms: 'Histogram of the wait time of all Prisma Client Queries in ms',
  prisma_datasource_queries_duration_histogram_ms:
    'Histogram of the duration of all executed Datasource Queries in ms',
};

class Histogram {
  sum = 0;
  count = 0;
  counts = new Array(BUCKETS.length + 1).fill(0);

  record(milliseconds) {
    this.sum += milliseconds;
    this.count += 1;
    const index = BUCKETS.findIndex((most) => milliseconds <= most);
    this.counts[index < 0 ? BUCKETS.length : index] += 1;
  }
}

export class Metrics {
  active = 0;
  poolCounts = () => ({ open: 0, idle: 0, busy: 0, waiting: 0 });
  #counters = { client: 0, datasource: 0, closed: 0, opened: 0 };
  #client = new Histogram();
  #wait = new Histogram();
  #datasource = new Histogram();

  opened() {
    this.#counters.opened += 1;
  }

  closed() {
    this.#counters.closed += 1;
  }

  waited(milliseconds) {
    this.#wait.record(milliseconds);
  }

  datasourceQuery(milliseconds) {
    this.#counters.datasource += 1;
    this.#datasource.record(milliseconds);
  }

  /** Count a request of one or more queries for as long as it lasts. */
  async during(queries, work) {
    this.active += queries;
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.active -= queries;
      this.#counters.client += queries;
      this.#client.record(performance.now() - started);
    }
  }

  #values() {
    const { client, datasource, closed, opened } = this.#counters;
    const { open, idle, busy, waiting } = this.poolCounts();
    return {
      counters: named(COUNTERS, [client, datasource, closed, opened]),
      gauges: named(GAUGES, [this.active, waiting, busy, idle, open]),
      histograms: named(HISTOGRAMS, [this.#client, this.#wait, this.#datasource]),
    };
  }

  toJSON(labels) {
    const { counters, gauges, histograms } = this.#values();
    const plain = ({ key, value, description }) => ({ key, labels, value, description });
    const drawn = ({ sum, count, counts }) => ({
      buckets: BUCKETS.map((most, index) => [most, counts[index]]),
      sum,
      count,
    });
    return {
      counters: counters.map(plain),
      gauges: gauges.map(plain),
      histograms: histograms.map((metric) => plain({ ...metric, value: drawn(metric.value) })),
    };
  }

  toPrometheus(labels) {
    const { counters, gauges, histograms } = this.#values();
    const common = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(String(value))}`);
    return [
      ...counters.map((metric) => single('counter', metric, common)),
      ...gauges.map((metric) => single('gauge', metric, common)),
      ...histograms.map((metric) => distribution(metric, common)),
    ].join('\n');
  }
}

function named(descriptions, values) {
  return Object.entries(descriptions).map(([key, description], index) => ({
    key,
    description,
    value: values[index],
  }));
}

const head = (type, { key, description }) => `# HELP ${key} ${description}\n# TYPE ${key} ${type}\n`;
const line = (key, labels, value) => `${key}${labels.length ? `{${labels.join()}}` : ''} ${value}\n`;

function single(type, metric, labels) {
  return head(type, metric) + line(metric.key, labels, metric.value);
}

function distribution(metric, labels) {
  const { key, value } = metric;
  let total = 0;
  const buckets = BUCKETS.map((most, index) => {
    total += value.counts[index];
    return line(`${key}_bucket`, [...labels, `le="${most}"`], total);
  });
  return [
    head('histogram', metric),
    ...buckets,
    line(`${key}_bucket`, [...labels, 'le="+Inf"'], value.count),
    line(`${key}_sum`, labels, value.sum),
    line(`${key}_count`, labels, value.count),
  ].join('');
}
