// Without graphql-js' checks of a development, a fifth of the CPU time of some files. jest itself would say "test".
process.env.NODE_ENV = 'production';

/** Tests run on one embedded PostgreSQL that the run starts; see test/setup. */
module.exports = {
  rootDir: '..',
  // jest lists all files below its roots at each start, and node_modules has 37,000.
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
  // Ends a test that hangs. No test passes or fails by it, however slow the machine is.
  testTimeout: 120_000,
  maxWorkers: 2,
};
