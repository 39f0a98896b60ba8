import type { Scenario } from './scenario';
import { attackFor, ATTACKER } from './stage';

const SECONDS = 15;
const DOCUMENT_BYTES = 100_000;

export const DOCUMENTS: Scenario = {
  name: 'documents',
  attack: 'distinct documents of 100 kB, mostly comments',
  run(stage) {
    let count = 0;
    return stage.besideLightCaller(() =>
      attackFor(SECONDS, 8, () => {
        count += 1;
        const comments = `#${'x'.repeat(98)}\n`.repeat(DOCUMENT_BYTES / 100);
        return stage.send(ATTACKER, { query: `{ viewer { role } }\n# ${count}\n${comments}` });
      }),
    );
  },
};
