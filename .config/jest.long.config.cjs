const config = require('./jest.config.cjs');

/** Long tests: model runs with many seeds, measurements of size and query plans, chaos. `npm run test:long`. */
module.exports = {
  ...config,
  testMatch: ['<rootDir>/test/long/**/*.test.ts'],
  testPathIgnorePatterns: [],
  reporters: ['default', '<rootDir>/test/setup/closing-line.reporter.cjs'],
};
