/** Makes a function that computes a value when it is first called. It then returns the same value, or throws the same error. */
export function settledOnce<Value>(compute: () => Value): () => Value {
  let settled: { value: Value } | { error: unknown } | undefined;
  return () => {
    if (!settled) {
      try {
        settled = { value: compute() };
      } catch (error) {
        settled = { error };
      }
    }
    if ('error' in settled) throw settled.error;
    return settled.value;
  };
}

/** Makes a function that computes a value once for each object, as long as the object lives. */
export function oncePer<Key extends object, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, () => Value>();
  return (key) => {
    let settled = known.get(key);
    if (!settled) known.set(key, (settled = settledOnce(() => compute(key))));
    return settled();
  };
}
