import { checkReadingsOverReconnects } from '../../live/reading-stream-resume.harness';

it('loses and repeats nothing, across reconnects at any moment and the restart of an instance', () =>
  checkReadingsOverReconnects(500));
