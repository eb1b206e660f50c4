// When to stop: asked to by a signal, or left alone by the process that started this one.

const LOOK_AGAIN = 250;

/** Call `stop()` once, at the first reason. */
export function stopWhenUnwanted(stop) {
  const once = () => {
    process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM').removeAllListeners('SIGHUP');
    clearInterval(watch);
    stop();
  };
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) once();
  }, LOOK_AGAIN);
  watch.unref();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, once);
}
