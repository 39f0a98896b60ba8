const asyncHooks = require('node:async_hooks');
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { join, sep } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { default: Runtime } = require('jest-runtime');

const ROOT = join(__dirname, '../..') + sep;
const PACKAGES = join(ROOT, 'node_modules') + sep;
const TESTS = join(ROOT, 'test') + sep;
/** Its modules contain the state of the running test file. */
const CIRCUS = `${sep}node_modules${sep}jest-circus${sep}`;

// Most code of a test run runs a few times only, so optimizing it costs more than it saves; flushed bytecode is compiled
// again for the next file. Both flags together save 15 % of the CPU time. Later versions of V8 lack the first flag.
if (process.versions.node.startsWith('20.')) setFlagsFromString('--interrupt-budget=1000000');
setFlagsFromString('--no-flush-bytecode');

/** Source maps for stack traces. Modules outlive the test file that loaded them. */
const sourceMaps = new Map();
let compile;

// Lets Node's loader load the project's TypeScript, compiled (and cached on disk) by jest's transformer.
Module._extensions['.ts'] = (module, filename) => module._compile(compile(filename), filename);

/**
 * Loads src and packages once per worker, with Node's loader. Only the files below test/ are loaded again for each test file.
 *
 * jest's runtime loads everything again for each of 180 files, into a separate context: 1,000 modules and a schema each time, with
 * cold code. No module in src has state, so sharing does not affect tests. The environment restores spies and variables.
 * `jest.mock`, `jest.resetModules` and fake timers are not supported.
 */
module.exports = class SharedModulesRuntime extends Runtime {
  constructor(config, environment, resolver, transformer, cacheFs, coverageOptions, testPath, globalConfig) {
    super(config, environment, resolver, transformer, cacheFs, coverageOptions, testPath, globalConfig);
    this.testPath = testPath;
    const options = { ...coverageOptions, supportsDynamicImport: true, supportsStaticESM: false };
    compile = (filename) => {
      const { code, sourceMapPath } = transformer.transform(filename, options, readFileSync(filename, 'utf8'));
      if (sourceMapPath) sourceMaps.set(filename, sourceMapPath);
      return code;
    };
    const isOurs = (path) => path.startsWith(ROOT) && !path.startsWith(PACKAGES);
    // In watch mode src may have changed since the last run.
    const isStale = globalConfig.watch ? isOurs : (path) => path.startsWith(TESTS);
    for (const path of Object.keys(require.cache)) {
      if ((isStale(path) || path.includes(CIRCUS)) && path !== __filename) delete require.cache[path];
    }
  }

  requireModule(from, moduleName) {
    if (from === this.testPath) globalThis.jest = this.requireModuleOrMock(from, '@jest/globals').jest;
    const load = () => Module.createRequire(from)(moduleName ?? from);
    return from.includes(CIRCUS) ? withoutAsyncLocalStorage(load) : load();
  }

  getSourceMaps() {
    return sourceMaps;
  }
};

/**
 * jest-circus tracks each promise of a test to attribute unhandled errors to tests, which takes a tenth of Node's CPU time.
 * Without it, an unhandled error fails the file instead of the test.
 */
function withoutAsyncLocalStorage(load) {
  const { AsyncLocalStorage } = asyncHooks;
  asyncHooks.AsyncLocalStorage = class {
    getStore() {}
    run(_store, work) {
      return work();
    }
  };
  try {
    return load();
  } finally {
    asyncHooks.AsyncLocalStorage = AsyncLocalStorage;
  }
}
