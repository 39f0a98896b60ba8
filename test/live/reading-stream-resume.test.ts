import { checkReadingsOverReconnects } from './reading-stream-resume.harness';

it('each reading is received exactly once, despite reconnects at any time and the restart of an instance', () =>
  checkReadingsOverReconnects(150));
