import { record } from '../support/recording';

/** A gateway that logs, and a test that fails. Run only by test-run.test.ts. */
const gateway = { log: '', statements: [{ text: '/* find_device */ select 1' }] };
record(gateway);

it('passes', () => {
  gateway.log += '{"level":"info","msg":"before this test"}\n';
});

it('fails', () => {
  gateway.log += '{"level":"error","err":{"statement":"find_device"},"msg":"operation failed"}\n';
  gateway.log += '{"level":"info","res":{"status":200},"ms":1,"msg":"request completed"}\n';
  throw new Error('expected failure');
});
