import { PooledGateways } from '../../isolation/pooled-connections.harness';

let gateways: PooledGateways;
beforeAll(async () => {
  gateways = await PooledGateways.start();
});
afterAll(() => gateways.stop());

it('separates interleaved customers on one connection', () => gateways.interleave(8));

it('separates them while statements are cancelled and connections cut at random moments', () =>
  gateways.disturbAtRandom(60));
