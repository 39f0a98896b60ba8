/** Tests run on one embedded PostgreSQL that the run starts; see test/setup. */
module.exports = {
  rootDir: '..',
  // Fails a file that leaves a server, socket, timer or child process open.
  testEnvironment: '<rootDir>/test/setup/leftover-environment.ts',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '\\.[cm]?[jt]s$': ['@swc/jest', { ...require('./swcrc.json'), swcrc: false, sourceMaps: 'inline' }],
  },
  // These packages are ES modules only, and jest on Node 20 cannot require them as they are.
  transformIgnorePatterns: ['/node_modules/(?!(jose|@sparticuz/chromium)/)'],
  globalSetup: '<rootDir>/test/setup/global-setup.ts',
  globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
  setupFiles: ['reflect-metadata'],
  testTimeout: 30_000,
  maxWorkers: 2,
};
