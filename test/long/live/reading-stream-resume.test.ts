import { checkReadingsOverReconnects } from '../../live/reading-stream-resume.harness';

it('loses nothing and tells nothing twice, over reconnects at any moment and the restart of an instance', () =>
  checkReadingsOverReconnects(500));
