import { checkScreenOverReconnects } from '../../live/resume.harness';
import { TestApp } from '../../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ instances: 0 });
});
afterAll(() => app.stop());

it('loses nothing between a query and its stream, across reconnects at any moment and the restart of an instance', () =>
  checkScreenOverReconnects(app, 40));
