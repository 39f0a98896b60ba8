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

/** Puts the private members of a class that extends it on any object. */
class Given {
  constructor(object: object) {
    return object;
  }
}

/**
 * Makes a function that computes a value once for each object, as long as the object lives.
 *
 * The value is a private member of the object. In a WeakMap, a value that refers to its object would keep both in memory until the next
 * full collection: V8 takes the values of a WeakMap for alive in collections of the young generation.
 */
export function oncePer<Key extends object, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  class Noted extends Given {
    #value: (() => Value) | undefined;

    static of(key: Key): () => Value {
      const noted = #value in key ? key : new Noted(key);
      return (noted.#value ??= settledOnce(() => compute(key)));
    }
  }
  return (key) => Noted.of(key)();
}
