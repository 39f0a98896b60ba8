/** npm run lint: runs tsc and ESLint on one TypeScript program, so that types are checked once. */
import { ESLint } from 'eslint';
import ts from 'typescript';

const formatHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: ts.sys.getCurrentDirectory,
  getNewLine: () => ts.sys.newLine,
};
const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile('tsconfig.json', undefined, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
    throw new Error(ts.formatDiagnostic(diagnostic, formatHost));
  },
});
const program = ts.createProgram(fileNames, options);
const diagnostics = [...errors, ...ts.getPreEmitDiagnostics(program)];
process.stdout.write(ts.formatDiagnosticsWithColorAndContext(diagnostics, formatHost));

const eslint = new ESLint({
  overrideConfigFile: '.config/eslint.config.mjs',
  overrideConfig: {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { project: null, programs: [program] } },
  },
});
const results = await eslint.lintFiles('.');
process.stdout.write(await (await eslint.loadFormatter('stylish')).format(results));
const found = results.some(({ errorCount, warningCount }) => errorCount + warningCount > 0);
process.exitCode = diagnostics.length > 0 || found ? 1 : 0;
