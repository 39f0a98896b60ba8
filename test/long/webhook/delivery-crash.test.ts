import { GatewayBuild } from '../../support/gateway-process';
import { CrashingGateways } from '../../webhook/delivery-crash.harness';

let build: GatewayBuild;
let gateways: CrashingGateways;
beforeAll(async () => {
  build = await GatewayBuild.make();
  gateways = await CrashingGateways.start(build);
});
afterAll(async () => {
  await gateways.stop();
  await build.remove();
});

it('1,000 events reach each of 3 endpoints, although one fails at first and one of two instances is killed', () =>
  gateways.expectAllDelivered({ events: 1_000, failures: 100, killedAfter: 100 }));
