const asyncHooks = require('node:async_hooks');
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { join, sep } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { default: Runtime } = require('jest-runtime');

const ROOT = join(__dirname, '../..') + sep;
const PACKAGES = join(ROOT, 'node_modules') + sep;
const TESTS = join(ROOT, 'test') + sep;
/** The state of a running test file is in its modules. */
const CIRCUS = `${sep}node_modules${sep}jest-circus${sep}`;

// Most code of a test run runs a few times only, so optimizing it costs more than it saves; flushed bytecode is compiled
// again for the next file. Both flags together save 15 % of the CPU time. Later versions of V8 lack the first flag.
if (process.versions.node.startsWith('20.')) setFlagsFromString('--interrupt-budget=1000000');
setFlagsFromString('--no-flush-bytecode');

/** Maps of what was compiled, for stack traces: modules outlive the file that loaded them. */
const sourceMaps = new Map();
let compile;

// Node's own loader asks this for the project's TypeScript, compiled (and cached on disk) by jest's transformer.
Module._extensions['.ts'] = (module, filename) => module._compile(compile(filename), filename);

/**
 * Loads src and packages once per worker, by Node's own loader, and only the files below test/ anew for each test file.
 *
 * jest's runtime loads everything anew for each of 180 files, into a context of its own: 1,000 modules and a schema each time, with
 * cold code. Nothing in src keeps state in a module, so sharing changes no test; spies and variables are restored by the
 * environment. `jest.mock`, `jest.resetModules` and fake timers are not supported.
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
 * jest-circus follows each promise of a test, a tenth of Node's CPU time, to know which test an unhandled error belongs to.
 * Without that the error fails the file rather than the test.
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
