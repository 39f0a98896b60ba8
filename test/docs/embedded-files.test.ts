import { spawnSync } from 'node:child_process';
import { REPOSITORY } from '../support/tool';

test('documents show files in their current state: `npm run docs`', () => {
  const { status, stderr } = spawnSync(process.execPath, ['test/setup/docs.mjs', '--check'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
