// Turns off the development checks of graphql-js, a fifth of the CPU time of some files. jest would set "test".
process.env.NODE_ENV = 'production';

/** All tests use one embedded PostgreSQL, started by the run; see test/setup. */
module.exports = {
  rootDir: '..',
  // jest lists all files below its roots at each start. node_modules has 37,000 files.
  roots: ['<rootDir>/migrations', '<rootDir>/src', '<rootDir>/test'],
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  runtime: '<rootDir>/test/setup/shared-modules.runtime.cjs',
  testEnvironment: '<rootDir>/test/setup/test-environment.ts',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/long/'],
  transform: {
    '\\.[cm]?[jt]s$': ['@swc/jest', { ...require('./swcrc.json'), swcrc: false, sourceMaps: 'inline' }],
  },
  reporters: ['default', ['<rootDir>/test/setup/closing-line.reporter.cjs', { isWhole: true }]],
  globalSetup: '<rootDir>/test/setup/global-setup.ts',
  globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
  setupFiles: ['reflect-metadata'],
  // Ends hanging tests. High enough that no test depends on it, even on a slow machine.
  testTimeout: 120_000,
  maxWorkers: 2,
};
