import { PooledGateways } from '../../isolation/pooled-connections.harness';

let gateways: PooledGateways;
beforeAll(async () => {
  gateways = await PooledGateways.start();
});
afterAll(() => gateways.stop());

it('keeps interleaved customers on one connection apart', () => gateways.interleave(8));

it('keeps them apart while statements are cancelled and cut off at random moments', () => gateways.disturbAtRandom(60));
